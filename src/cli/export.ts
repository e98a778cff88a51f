// `videorft export`: a folder from which a trainer of others makes the paper's run, on GPUs.
import { checkLaunch } from '../recipes/export/check.ts';
import { exportConfig } from '../recipes/export/config.ts';
import { exportLaunch, formatExported } from '../recipes/export/export.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  about: `Writes all that the paper's full-parameter run (7B, 8 GPUs) takes with another trainer: the samples in its form, its configuration with
the paper's values (each line says whose they are), a script for each stage, and for GRPO the reward server (videorft serve rewards), which the
script starts, tries and ends. README.md in the folder says what to do on the cluster, in order.

  ms-swift, verl, trl    SFT (--cot) and GRPO (--rl)
  easyr1, openrlhf       GRPO
  llama-factory          SFT

ms-swift, verl and llama-factory read videos. TRL and OpenRLHF read pictures, and EasyR1 cannot be told a number of frames: for these three the 16 frames of
each video are written as files. A sample that cannot be used is an error that names it, unless --max-set-aside allows some to be left out.
--check parses the result with the trainer's own parser and loads the data with its own loader.`,
  examples: [
    {
      args: 'export --for ms-swift --cot curated/cot.jsonl --rl curated/rl.jsonl --media-root videos --out launch',
      does: 'both stages, from what videorft curate wrote',
    },
    {
      args: 'export --for verl --rl rl.jsonl --media-root videos --model models/sft --at /mnt/launch --media-at /mnt/videos --out launch',
      does: 'GRPO from a model of your own; folder and videos will lie below /mnt on the cluster',
    },
    {
      args: 'export --for trl --rl rl.jsonl --media-root videos --out launch --grpo.steps 200 --check --python venv/bin/python',
      does: 'fewer steps, checked with the TRL of that environment',
    },
  ],
  schema: exportConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const exported = await exportLaunch(config, signal);
    for (const line of formatExported(exported)) print(line);
    if (!config.check) return 0;
    const checked = await checkLaunch(exported, config.python, signal);
    for (const line of checked.lines) print(line);
    return checked.status === 'failed' ? 1 : 0;
  },
});
