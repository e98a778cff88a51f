// The circuit breaker of one endpoint: after failures in a row that mean that it is down, nobody asks for a while, then one request at a
// time tries whether it is back. So an outage costs no request its attempts. Leaves out: rate limits (adaptive.ts), single failures (retry.ts).
import { VideorftError } from '../base/errors.ts';
import { AttemptFailure, type RetryTools } from './retry.ts';

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly threshold: number;
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
  /** How long the endpoint may be down before requests fail with `llm-down`. */
  readonly patienceMs: number;
  readonly tools: Pick<RetryTools, 'now' | 'sleep'>;
  readonly facts: Readonly<Record<string, string>>;
}

export interface Breaker {
  /** Waits until the endpoint may be asked, and learns from how `task` ends. Throws `llm-down` when that takes too long. */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

const DOWN = new Set(['server-error', 'timeout', 'network']);
const isDown = (error: unknown): error is AttemptFailure => error instanceof AttemptFailure && DOWN.has(error.kind);

export function createBreaker({
  threshold,
  cooldownMs,
  maxCooldownMs,
  patienceMs,
  tools,
  facts,
}: BreakerOptions): Breaker {
  let failures = 0;
  let downSince = 0;
  let closedUntil: number | undefined;
  let cooldown = cooldownMs;
  let probe: Promise<void> | undefined;
  let last = '';

  const alive = () => {
    failures = 0;
    closedUntil = undefined;
    cooldown = cooldownMs;
  };
  const failed = (failure: AttemptFailure, probing: boolean) => {
    if (failures === 0) downSince = tools.now();
    failures++;
    last = failure.message;
    if (probing) cooldown = Math.min(maxCooldownMs, cooldown * 2);
    else if (failures < threshold || closedUntil !== undefined) return;
    closedUntil = tools.now() + cooldown;
  };
  const giveUp = () => {
    const seconds = Math.round((tools.now() - downSince) / 1000);
    return new VideorftError(`The endpoint has given no answer for ${seconds} s: ${last}.`, {
      code: 'llm-down',
      facts: { ...facts, failures, since: new Date(downSince).toISOString() },
      fix: 'See to the endpoint, then run again: what is answered is not asked again.',
    });
  };
  /** Resolves when the request may go; to what ends its turn, where it is the one that tries. */
  const pass = async (signal: AbortSignal | undefined): Promise<(() => void) | undefined> => {
    while (closedUntil !== undefined) {
      if (tools.now() - downSince > patienceMs) throw giveUp();
      const wait = closedUntil - tools.now();
      if (wait > 0) await tools.sleep(wait, signal);
      else if (probe) await probe;
      else return takeTurn();
      signal?.throwIfAborted();
    }
    return undefined;
  };
  /** At once: those who wait wake together, and each must see whether another was first. */
  const takeTurn = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    probe = promise;
    return () => {
      probe = undefined;
      resolve();
    };
  };
  const attempt = async <T>(task: () => Promise<T>, probing: boolean): Promise<T> => {
    try {
      const value = await task();
      alive();
      return value;
    } catch (error) {
      if (isDown(error)) {
        failed(error, probing);
        if (probing)
          throw new AttemptFailure(error.message, error.kind, 'down', { fix: error.fix, cause: error.cause });
      } else if (error instanceof AttemptFailure) alive();
      throw error;
    }
  };
  return {
    async run(task, signal) {
      const endTurn = await pass(signal);
      try {
        return await attempt(task, endTurn !== undefined);
      } finally {
        endTurn?.();
      }
    },
  };
}
