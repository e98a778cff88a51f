// Order, bound, failure and cancellation of mapPool.
import { expect, test } from 'vitest';
import { mapPool } from './pool.ts';

const tick = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('keeps the order and never exceeds the bound', async () => {
  let running = 0;
  let most = 0;
  const out = await mapPool([5, 1, 4, 2, 3], 2, async (x, i) => {
    most = Math.max(most, ++running);
    await tick(x);
    running--;
    return `${i}:${x}`;
  });
  expect(out).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
  expect(most).toBe(2);
});

test('rejects with the first failure after those in flight have settled, and starts nothing more', async () => {
  const started: number[] = [];
  let settled = 0;
  const call = mapPool([0, 1, 2, 3, 4], 2, async (x) => {
    started.push(x);
    await tick(x === 0 ? 1 : 10);
    settled++;
    if (x === 0) throw new Error('zero');
  });
  await expect(call).rejects.toThrow('zero');
  expect(started).toEqual([0, 1]);
  expect(settled).toBe(2);
});

test('an aborted signal stops it with the reason', async () => {
  const controller = new AbortController();
  const started: number[] = [];
  const call = mapPool(
    [0, 1, 2, 3],
    1,
    async (x) => {
      started.push(x);
      if (x === 1) controller.abort(new Error('stop'));
    },
    { signal: controller.signal },
  );
  await expect(call).rejects.toThrow('stop');
  expect(started).toEqual([0, 1]);
});

test('an empty list is an empty list', async () => {
  expect(await mapPool([], 4, async (x) => x)).toEqual([]);
});
