// One run of `videorft eval` against an endpoint, killed five and ten times with -9. Run: npx vitest run --project long test/long/eval-endpoint-kills.test.ts
import { expect, test } from 'vitest';
import { equalParts, killEvaluation } from './kills/kill-eval.ts';

test.each([
  ['in a folder', false, 10, 40],
  ['in a zip', true, 5, 40],
])(
  'kills of one run, its videos %s: score file and rows are those of a run that nothing happened to',
  async (_, zipped, kills, clips) => {
    const killed = await killEvaluation(kills, clips, 11, { zipped });
    const [interrupted, whole] = equalParts(killed);
    expect(interrupted).toEqual(whole);
    // The kills fell into the work, and what was stored was not asked again.
    expect(new Set(killed.storedAt).size).toBeGreaterThan(kills / 3);
    expect(killed.requests.interrupted).toBeLessThanOrEqual(killed.requests.whole + killed.kills * 8);
  },
);
