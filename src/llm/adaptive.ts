// How many requests an endpoint gets at once, found by trying: the number grows while the endpoint takes all of them, and halves when
// it says that it is too many (additive increase, multiplicative decrease; Chiu and Jain 1989), at most once for those that were out together.
import { createLimiter, type Limiter } from '../base/limit.ts';
import { AttemptFailure } from './retry.ts';

export interface AdaptiveOptions {
  /** Most at once, however willing the endpoint. */
  readonly ceiling: number;
  readonly now: () => number;
}

export interface AdaptiveLimiter extends Pick<Limiter, 'run' | 'pause'> {
  /** Requests at once, at the moment. */
  readonly limit: number;
}

/** Where it begins: below what any service takes, so that nobody starts with a wave of refusals. */
const START = 8;

const isCongestion = (error: unknown): boolean =>
  error instanceof AttemptFailure && (error.kind === 'rate-limit' || error.kind === 'timeout');

export function createAdaptiveLimiter({ ceiling, now }: AdaptiveOptions): AdaptiveLimiter {
  let limit = Math.min(START, ceiling);
  let refused = false;
  let cuts = 0;
  const limiter = createLimiter(limit, now);
  const set = (to: number) => {
    limit = Math.min(ceiling, Math.max(1, to));
    limiter.resize(Math.floor(limit));
  };
  /** `then` is the number of cuts when the request went out: what was out during a cut says nothing about the limit after it. */
  const taken = (then: number) => {
    // Only where all slots were in use has the endpoint shown that it takes them.
    if (then !== cuts || limiter.running < Math.floor(limit)) return;
    set(limit + (refused ? 1 / limit : 0.5));
  };
  const cut = (then: number) => {
    if (then !== cuts) return;
    refused = true;
    cuts++;
    set(limit / 2);
  };
  return {
    get limit() {
      return Math.floor(limit);
    },
    pause: limiter.pause,
    run: (task, signal) =>
      limiter.run(async () => {
        await limiter.ready(signal);
        const then = cuts;
        try {
          const value = await task();
          taken(then);
          return value;
        } catch (error) {
          if (isCongestion(error)) cut(then);
          throw error;
        }
      }, signal),
  };
}
