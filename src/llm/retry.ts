// The HTTP policy of every chat call, once: what is tried again, how long to wait, and an error that keeps every attempt.
// Leaves out: the request itself (http.ts). Backoff is exponential with full jitter (Brooker, AWS Architecture Blog, 2015).
import { VideorftError } from '../base/errors.ts';
import type { FailureKind } from './port.ts';

/**
 * What to do after a failed attempt. 'again': try again, it counts. 'later': the server asks for patience (429), which costs
 * time and no attempt. 'down': the endpoint is, and the breaker says how long to wait (breaker.ts). 'never': this request cannot
 * succeed. 'refused': no request to this endpoint can.
 */
export type Verdict = 'again' | 'later' | 'down' | 'never' | 'refused';

/** One attempt that failed. `outcome` is a few words for the list in the final error: 'HTTP 429', 'timeout'. */
export class AttemptFailure extends Error {
  readonly kind: FailureKind;
  readonly verdict: Verdict;
  readonly retryAfterMs: number | undefined;
  readonly fix: string | undefined;
  /** Of an answer over HTTP. */
  readonly status: number | undefined;

  constructor(
    outcome: string,
    kind: FailureKind,
    verdict: Verdict,
    details: { retryAfterMs?: number; fix?: string; status?: number; cause?: unknown } = {},
  ) {
    super(outcome, { cause: details.cause });
    this.name = 'AttemptFailure';
    this.kind = kind;
    this.verdict = verdict;
    this.retryAfterMs = details.retryAfterMs;
    this.fix = details.fix;
    this.status = details.status;
  }
}

const AGAIN = new Set([408, 409, 425]);
const REFUSED = new Set([401, 402, 403, 404]);

export function verdictOfStatus(status: number): Verdict {
  if (status === 429) return 'later';
  if (REFUSED.has(status)) return 'refused';
  return AGAIN.has(status) || status >= 500 ? 'again' : 'never';
}

export function kindOfStatus(status: number): FailureKind {
  if (status === 429) return 'rate-limit';
  return status >= 500 ? 'server-error' : 'rejected';
}

/** Milliseconds to wait by the answer's headers: retry-after-ms, or Retry-After as seconds or as an HTTP date. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && Number.isFinite(Number(exact))) return Math.max(0, Number(exact));
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Full jitter: uniform in [0, min(maxDelay, base · 2^(failures − 1))]. */
export function backoffMs(
  failures: number,
  policy: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
  random: number,
): number {
  return random * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** Math.min(failures - 1, 30));
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Most time that one request spends waiting out 429. */
  readonly patienceMs: number;
}

export interface RetryTools {
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly tools: RetryTools;
  readonly signal?: AbortSignal;
  /** Facts of the request for the final error: model, address, sample. */
  readonly facts: Readonly<Record<string, string | number | undefined>>;
  /** Failures of earlier processes that count against the limit. */
  readonly failures?: number;
  /** Called with the wait of a 429, so that the endpoint's other requests hold back too. */
  readonly onRateLimit?: (waitMs: number) => void;
}

interface Tally {
  readonly history: string[];
  counted: number;
  limited: number;
  waitedMs: number;
}

/**
 * Runs `attempt` until it succeeds, and returns its value with the number of attempts made. Throws `llm-refused` where no
 * request can succeed, `llm-failed` when the attempts are used up (both with the list of attempts), or the signal's reason.
 */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  context: RetryContext,
): Promise<{ value: T; attempts: number }> {
  const { tools, signal } = context;
  const tally: Tally = { history: [], counted: context.failures ?? 0, limited: 0, waitedMs: 0 };
  for (;;) {
    signal?.throwIfAborted();
    const started = tools.now();
    try {
      return { value: await attempt(), attempts: tally.history.length + 1 };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AttemptFailure)) throw error;
      tally.history.push(`${error.message} after ${((tools.now() - started) / 1000).toFixed(1)} s`);
      const waitMs = nextWait(error, tally, context);
      if (waitMs === undefined) throw finalError(error, tally, context);
      await tools.sleep(waitMs, signal);
    }
  }
}

/** Milliseconds until the next attempt, or undefined to give up. */
function nextWait(
  failure: AttemptFailure,
  tally: Tally,
  { policy, tools, onRateLimit }: RetryContext,
): number | undefined {
  if (failure.verdict === 'never' || failure.verdict === 'refused') return undefined;
  if (failure.verdict === 'down') return 0;
  const later = failure.verdict === 'later';
  const failures = later ? ++tally.limited : ++tally.counted;
  if (!later && failures >= policy.maxAttempts) return undefined;
  const waitMs = failure.retryAfterMs ?? backoffMs(failures, policy, tools.random());
  if (!later) return Math.min(waitMs, policy.patienceMs);
  tally.waitedMs += waitMs;
  if (tally.waitedMs > policy.patienceMs) return undefined;
  onRateLimit?.(waitMs);
  return waitMs;
}

function finalError(failure: AttemptFailure, tally: Tally, { facts }: RetryContext): VideorftError {
  const refused = failure.verdict === 'refused';
  return new VideorftError(
    refused ? `The endpoint refused: ${failure.message}.` : `The endpoint gave no usable answer: ${failure.message}.`,
    {
      code: refused ? 'llm-refused' : 'llm-failed',
      facts: { ...facts, attempts: tally.history.length, history: tally.history.join('; ') },
      fix: failure.fix ?? 'Check that the server is up, then run again: what is finished is not asked again.',
      cause: failure.cause,
    },
  );
}
