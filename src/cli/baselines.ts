// `videorft baselines`: the numbers that show the questions need the video, made once and shipped.
import { baselines, speedrunConfig } from '../recipes/speedrun/index.ts';
import { defineCommand } from './command.ts';
import { commandLine } from './command-line.ts';
import { versions } from './versions.ts';

export const command = defineCommand({
  about: `Trains the micro base model on the speedrun's chains of thought twice more, once without any frame and once on one repeated
frame, scores both on the same held-out questions, and writes assets/baselines.json.`,
  examples: [{ args: 'baselines --out runs/baselines', does: 'both baselines with the settings of the speedrun' }],
  schema: speedrunConfig,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const command = commandLine();
    await baselines(config, { versions: await versions(), signal, command, print });
    return 0;
  },
});
