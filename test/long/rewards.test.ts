// 500 malformed and hostile requests to the reward server, good ones among them (test/soak/rewards.test.ts: 10,000).
// Run: npx vitest run --project long test/long/rewards.test.ts
import { expect, test } from 'vitest';
import { hostileRun } from '../support/hostile-run.ts';

test('500 hostile requests: none crashes it, none leads out of the media root, good ones are answered', async () => {
  const { right, wrong, left, stderr, status } = await hostileRun(500, 1);
  expect(wrong).toEqual([]);
  expect(Object.values(right).reduce((a, b) => a + b, 0)).toBe(500);
  expect(right.good).toBeGreaterThan(40);
  expect(left).toBe(0);
  expect(stderr.replaceAll('Stopping; Ctrl-C again ends at once.', '').trim()).toBe('');
  expect(status).toBe(0);
});
