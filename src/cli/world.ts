// `videorft world`: a micro-world on disk, to try the other commands on.
import { z } from 'zod';
import { createProgress } from '../base/progress.ts';
import { speedrunDefaults } from '../recipes/speedrun/config.ts';
import { makeWorld } from '../world/index.ts';
import { defineCommand } from './command.ts';

const count = z.number().int().min(0);
const speedrun = speedrunDefaults.world;

const schema = z.strictObject({
  out: z.string().describe('Folder of the world; starting again in it continues.'),
  train: count.default(speedrun.train).describe('Training clips and images.'),
  heldOut: count
    .default(speedrun.heldOut)
    .describe('Held-out clips and images, of compositions that training never shows.'),
  questions: z.number().int().positive().default(speedrun.questions).describe('Questions per clip or image.'),
  seed: z.number().int().default(0).describe('Seed; the same seed gives the same files.'),
});

export const command = defineCommand({
  about: `Draws short H.264 clips (84 × 84 pixels, 4 seconds) and pictures of moving shapes, signs and digits, with questions of all five
answer types and their true answers. Writes clips/, images/, train.jsonl and heldout.jsonl; paths in the rows start at the folder.`,
  examples: [
    {
      args: 'world --out world',
      does: `the world of the speedrun: ${speedrun.train} training and ${speedrun.heldOut} held-out files`,
    },
    { args: 'world --out tiny --train 20 --held-out 5 --seed 7', does: 'a few files to look at' },
  ],
  schema,
  resumable: true,
  run: async ({ config, signal, print }) => {
    const { out, train, heldOut, questions, seed } = config;
    const progress = createProgress({ label: 'world', total: train + heldOut, unit: 'files' });
    const onProgress = (done: number) => progress.set(done);
    const files = await makeWorld(out, {
      seed,
      train,
      heldOut,
      questionsPerScene: questions,
      signal,
      onProgress,
    }).finally(() => progress.finish());
    print(`${files.written} files written, ${files.kept} kept`);
    print(`${files.trainPath}: ${files.train.length} questions`);
    print(`${files.heldOutPath}: ${files.heldOut.length} questions`);
    return 0;
  },
});
