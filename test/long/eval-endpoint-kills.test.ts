// One run of `videorft eval` against an endpoint, killed ten times with -9. Run: npx vitest run --project long test/long/eval-endpoint-kills.test.ts
import { expect, test } from 'vitest';
import { equalParts, killEvaluation } from './kills/kill-eval.ts';

test('ten kills of one run: its score file and its rows are those of a run that nothing happened to', async () => {
  const killed = await killEvaluation(10, 40, 11);
  const [interrupted, whole] = equalParts(killed);
  expect(interrupted).toEqual(whole);
  // The kills fell into the work, and what was stored was not asked again.
  expect(new Set(killed.storedAt).size).toBeGreaterThan(3);
  expect(killed.requests.interrupted).toBeLessThanOrEqual(killed.requests.whole + killed.kills * 8);
});
