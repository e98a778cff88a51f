// Twenty kill -9 at random moments over SFT and GRPO runs on the engine: each run ends with the same files, byte for byte, as one that
// nothing happened to. Run: npx vitest run --project long test/long/train-crash.test.ts
import { expect, test } from 'vitest';
import type { Kind } from '../support/train-run.ts';
import { killTraining } from './kills/kill-training.ts';

test.each<[Kind, number]>([
  ['sft', 1],
  ['grpo', 2],
])('%s: 10 kills', async (kind, seed) => {
  const { kills, resumable, resumedAt, interrupted, uninterrupted } = await killTraining(kind, 10, seed);
  for (const files of interrupted) expect(files).toEqual(uninterrupted);
  expect(kills).toBe(10);
  // Some of the kills came after a checkpoint, so that resuming was tried from there.
  expect(resumable).toBeGreaterThan(0);
  console.log(`${kind}: ${kills} kills, newest checkpoints then: ${[...resumedAt].sort().join(', ')}`);
});
