// A hundred kills of SFT and GRPO runs at random moments, with other seeds than the long suite's.
import { expect, test } from 'vitest';
import { killTraining } from '../long/kills/kill-training.ts';

test.each([
  ['sft', 11],
  ['grpo', 12],
] as const)('%s: 50 kills', async (kind, seed) => {
  const { kills, resumable, interrupted, uninterrupted } = await killTraining(kind, 50, seed);
  for (const files of interrupted) expect(files).toEqual(uninterrupted);
  expect(kills).toBe(50);
  expect(resumable).toBeGreaterThan(5);
});
