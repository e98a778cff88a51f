// `videorft sft`: supervised fine-tuning on chains of thought, in a run directory that the same command continues.
import { targetText } from '../prompt/train.ts';
import { runSft } from '../recipes/training.ts';
import { microSft, sftRunConfig } from '../recipes/training-config.ts';
import { formatTrained, prepareJob } from '../recipes/training-job.ts';
import { defineCommand } from './command.ts';
import { versions } from './versions.ts';

export const command = defineCommand({
  about: `Teaches a model to think before it answers: the loss covers "process" and "solution" of each sample (cot.jsonl of videorft
curate), never the question or the video. Defaults are the paper's; rows that cannot be used are set aside with their reasons
(setaside.jsonl in the run directory). The trained model is the newest folder in RUN/checkpoints.`,
  examples: [
    {
      args: [
        'sft --data curated/cot.jsonl --media-root videos --out runs/sft',
        `--learning-rate ${microSft.learningRate} --epochs ${microSft.epochs} --warmup-steps 5`,
      ].join(' '),
      does: 'the shipped micro model on chains of thought about the micro-world, as the speedrun does',
    },
    {
      args: 'sft --data a.jsonl,b.jsonl --media-root videos --model MODEL --out runs/sft',
      does: "a model folder of your own, two sample files, the paper's constants",
    },
    {
      args: 'sft --data cot.jsonl --media-root videos --model MODEL --lora.rank 16 --learning-rate 1e-4 --out runs/sft-lora',
      does: 'a low-rank adapter (PEFT) in place of all weights; videorft merge makes it part of the model',
    },
  ],
  schema: sftRunConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const prepared = await prepareJob('sft', config, targetText, { versions: await versions(), signal });
    print(formatTrained(prepared, await runSft(prepared.job, config)));
    return 0;
  },
});
