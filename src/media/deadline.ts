// A time limit for work inside native code: the caller gets an error, the work is told to stop and cleans up after itself.
// Leaves out: killing a thread. A native call that never returns keeps its thread; the error still arrives.

import { mediaError } from './errors.ts';

export const DEFAULT_TIMEOUT_MS = 60_000;

/** Handed to the work: `check` between steps; `onExpire` to interrupt a blocking call. */
export interface Watch {
  /** Throws 'media-timeout' once the time is up. */
  check(): void;
  onExpire(interrupt: () => void): void;
}

/**
 * Runs `work` for at most `timeoutMs`. When time is up the returned promise rejects with 'media-timeout' at once; `work` goes
 * on until its next `check`, so whatever it holds it releases itself, never while native code still uses it.
 */
export async function withDeadline<T>(path: string, timeoutMs: number, work: (watch: Watch) => Promise<T>): Promise<T> {
  const end = performance.now() + timeoutMs;
  const interrupts: (() => void)[] = [];
  const expired = () => mediaError('media-timeout', path, `no result within ${timeoutMs} ms`, { facts: { timeoutMs } });
  const watch: Watch = {
    check: () => {
      if (performance.now() > end) throw expired();
    },
    onExpire: (interrupt) => void interrupts.push(interrupt),
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      for (const interrupt of interrupts) interrupt();
      reject(expired());
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(watch), limit]);
  } finally {
    clearTimeout(timer);
  }
}
