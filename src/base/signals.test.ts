// Ctrl-C: first a request, then an exit; nothing after dispose.
import { expect, test, vi } from 'vitest';
import { InterruptedError, listenForInterrupt } from './signals.ts';

test('the first signal aborts, the second exits with 130', () => {
  const onFirst = vi.fn();
  const exit = vi.fn();
  const before = process.listenerCount('SIGINT');
  const { signal, dispose } = listenForInterrupt(onFirst, exit as unknown as typeof process.exit);
  process.emit('SIGINT');
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toBeInstanceOf(InterruptedError);
  expect([onFirst.mock.calls.length, exit.mock.calls.length]).toEqual([1, 0]);
  process.emit('SIGTERM');
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  dispose();
  expect(process.listenerCount('SIGINT')).toBe(before);
});
