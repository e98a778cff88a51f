// A failure that is met late, or by another, ends nothing, and is not lost.
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { handledElsewhere, settled } from './handled.ts';

const unhandled = vi.fn();
afterEach(() => void process.off('unhandledRejection', unhandled));

test('a failure before anybody awaits it is not unhandled, and still there for whoever does', async () => {
  process.on('unhandledRejection', unhandled);
  const promise = handledElsewhere(Promise.reject(new Error('late')));
  await tick();
  await tick();
  expect(unhandled).not.toHaveBeenCalled();
  await expect(promise).rejects.toThrow('late');
});

test('the end of a promise, whichever it is', async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  let ended = false;
  const end = settled(promise).then(() => {
    ended = true;
  });
  await tick();
  expect(ended).toBe(false);
  reject(new Error('elsewhere'));
  await end;
  await expect(settled(Promise.resolve(3))).resolves.toBeUndefined();
});
