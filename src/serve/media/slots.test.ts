// Places are taken in order, given back once, and left by who gives up waiting.
import { expect, test } from 'vitest';
import { createLimiter } from '../../base/limit.ts';
import { takePlace } from './slots.ts';

test('no more than there are, first come, first served', async () => {
  const places = createLimiter(2);
  const never = new AbortController().signal;
  const order: number[] = [];
  const enter = async (id: number, signal = never) => {
    const leave = await takePlace(places, signal);
    order.push(id);
    return leave;
  };
  const [a, b] = [await enter(0), await enter(1)];
  const gone = new AbortController();
  const [c, lost, d] = [enter(2), enter(3, gone.signal), enter(4)];
  gone.abort(new Error('given up'));
  await expect(lost).rejects.toThrow('given up');
  expect(order).toEqual([0, 1]);
  a();
  a(); // a second time gives nothing back
  const leave = await c;
  expect(order).toEqual([0, 1, 2]);
  b();
  leave();
  (await d)();
  expect(order).toEqual([0, 1, 2, 4]);
  await expect(takePlace(places, gone.signal)).rejects.toThrow('given up');
  const [e, f] = [await enter(5), await enter(6)];
  e();
  f();
});
