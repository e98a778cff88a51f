// Three hundred kills of a run at random moments, in six runs with different seeds.
import { expect, test } from 'vitest';
import { killRun } from '../long/kills/kill-run.ts';

test.each([1, 2, 3, 4, 5, 6])('50 kills, seed %i', async (seed) => {
  const { killed, interrupted, uninterrupted } = await killRun(50, 1000, seed);
  expect(killed).toBe(50);
  expect(interrupted).toEqual(uninterrupted);
});
