// How many tasks run at once (requests to an endpoint, threads, places in memory), and a pause that all of them keep: without it every request
// in flight would burn its own waiting time on the same 429.

export interface Limiter {
  /** Runs `task` when one of the slots is free; first come, first served. */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Nothing starts for `ms` milliseconds from now. */
  pause(ms: number): void;
  /** Changes the number of slots; what runs already goes on. */
  resize(slots: number): void;
  /** Tasks under way. */
  readonly running: number;
  /** Resolves when no pause is on. */
  ready(signal?: AbortSignal): Promise<void>;
}

/** Waits, or rejects with the signal's reason. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Settles as the promise does, or rejects with the signal's reason, whichever is first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

export function createLimiter(initial: number, now: () => number = Date.now): Limiter {
  const queue: (() => void)[] = [];
  let slots = initial;
  let running = 0;
  let pausedUntil = 0;
  const fill = () => {
    while (running < slots && queue.length > 0) queue.shift()?.();
  };
  const release = () => {
    running--;
    fill();
  };
  const enter = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const start = () => {
        signal?.removeEventListener('abort', leave);
        running++;
        resolve();
      };
      const leave = () => {
        queue.splice(queue.indexOf(start), 1);
        reject(signal?.reason);
      };
      if (running < slots) return start();
      queue.push(start);
      signal?.addEventListener('abort', leave, { once: true });
    });
  return {
    async run(task, signal) {
      await enter(signal);
      try {
        return await task();
      } finally {
        release();
      }
    },
    resize(to) {
      slots = to;
      fill();
    },
    get running() {
      return running;
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms);
    },
    async ready(signal) {
      for (let left = pausedUntil - now(); left > 0; left = pausedUntil - now()) await sleep(left, signal);
    },
  };
}
