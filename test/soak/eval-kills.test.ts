// One run of `videorft eval` against an endpoint, killed fifty times with -9. Run: npx vitest run --project soak test/soak/eval-kills.test.ts
import { expect, test } from 'vitest';
import { equalParts, killEvaluation } from '../long/kills/kill-eval.ts';

test('fifty kills of one run: its score file and its rows are those of a run that nothing happened to', async () => {
  const killed = await killEvaluation(50, 200, 3);
  const [interrupted, whole] = equalParts(killed);
  expect(interrupted).toEqual(whole);
  expect(new Set(killed.storedAt).size).toBeGreaterThan(20);
  expect(killed.requests.interrupted).toBeLessThanOrEqual(killed.requests.whole + killed.kills * 8);
});
