// Twenty kills of a run at random moments: it ends with the same files, byte for byte, as if nothing had happened.
import { expect, test } from 'vitest';
import { killRun } from './kills/kill-run.ts';

test('20 kills', async () => {
  const { killed, interrupted, uninterrupted } = await killRun(20, 400, 1);
  expect(killed).toBe(20);
  expect(Object.keys(uninterrupted)).toContain('/metrics.jsonl');
  expect(interrupted).toEqual(uninterrupted);
});
