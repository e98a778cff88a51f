// `videorft speedrun` (and `npm start`): the complete method once, resumable.
import { speedrun, speedrunConfig } from '../recipes/speedrun/index.ts';
import { defineCommand } from './command.ts';
import { commandLine } from './command-line.ts';
import { versions } from './versions.ts';

export const command = defineCommand({
  about: `Generates short mp4 clips with questions, curates chains of thought with three local stand-in experts over HTTP, fine-tunes the
micro base model with SFT and GRPO, evaluates base, SFT and RFT on held-out questions, and writes summary.json and report.html.
Everything runs on this machine, without a network. Stopped at any time, the same command continues.`,
  examples: [
    { args: 'speedrun', does: 'the whole road with its defaults, in runs/speedrun' },
    { args: 'speedrun --seed 1 --out runs/seed1', does: 'another world, another order, another run folder' },
    { args: 'speedrun --long --seed 1 --out runs/long-1', does: 'the same road with more steps, up to an hour' },
    { args: 'speedrun --grpo.steps 100 --grpo.w 3', does: 'longer reinforcement learning with another semantic scale' },
  ],
  schema: speedrunConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const command = commandLine();
    await speedrun(config, { versions: await versions(), signal, command, print });
    return 0;
  },
});
