// One request to a server that a run depends on, tried again while the server may still answer: no connection, timeouts, 408, 425, 429 and
// 5xx are waited out up to `patienceMs`; other refusals are errors at once. Leaves out: whose server it is and what its answers mean.
import { setTimeout as delay } from 'node:timers/promises';
import { VideorftError } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { networkReason } from '../llm/http.ts';
import { backoffMs, retryAfterMs } from '../llm/retry.ts';

/** How long is waited for a server. */
export interface Waiting {
  /** How long the server may be away before the run stops. */
  readonly patienceMs: number;
  /** Limit for one attempt, answer included. */
  readonly timeoutMs: number;
  /** First wait before another attempt, which doubles. Default 250. */
  readonly retryMs?: number;
  /** Ends everything that waits. */
  readonly signal?: AbortSignal;
  /** Ends waiting for a server that does not answer; a request under way goes on. */
  readonly stop?: AbortSignal;
}

export interface TransportOptions extends Waiting {
  /** What every path goes behind. */
  readonly root: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Code of the error when the patience has ended. */
  readonly downCode: string;
  /** Of an answer that no retry can mend; `said`: the server's message. */
  readonly refusal: (url: string, status: number, said: string) => VideorftError;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  /** An object becomes JSON; bytes are JSON already. */
  readonly body?: object | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** In place of the transport's own. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** Whether such an answer, which would be tried again otherwise, can come to nothing else. */
  readonly isFinal?: (status: number, said: string) => boolean;
  /** A poll: 408 says that there is no result yet, and is answered with `PENDING`. */
  readonly isPoll?: boolean;
}

export const PENDING = Symbol('pending');

export interface Transport {
  /** The JSON of a 2xx answer. Errors: those of `refusal`, `downCode`, aborted. */
  json(path: string, call?: Call): Promise<unknown>;
  /** The text of a 2xx answer. Same errors. */
  text(path: string, call?: Call): Promise<string>;
  /** The bytes of a 2xx answer. Same errors. */
  bytes(path: string, call?: Call): Promise<Uint8Array>;
}

const RETRIED = new Set([408, 425, 429]);
const RETRY = { firstMs: 250, maxDelayMs: 8000 };

/** An attempt that may succeed later. */
interface Miss {
  readonly what: string;
  readonly status?: number;
  readonly waitMs?: number;
}

export function createTransport(options: TransportOptions): Transport {
  const { root } = options;
  const headers = { accept: 'application/json', 'content-type': 'application/json', ...options.headers };
  const send = async <T>(path: string, call: Call, read: (r: Response) => Promise<T>): Promise<T> => {
    const { body: given } = call;
    const body = given instanceof Uint8Array ? given : given && JSON.stringify(given);
    const ends = [options.signal, call.signal].filter((s) => s !== undefined);
    const missed: { since?: number; failures: number } = { failures: 0 };
    for (;;) {
      throwIfAborted(ends);
      const timeout = AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs);
      const init = { method: call.method ?? 'POST', headers: { ...headers, ...call.headers }, body };
      const signal = AbortSignal.any([...ends, timeout]);
      const result = await attempt(`${root}${path}`, { ...init, signal }, read, { ...options, ...call });
      if ('value' in result) return result.value;
      throwIfAborted(ends);
      if (call.isPoll && result.miss.status === 408) return PENDING as T;
      const patienceMs = call.patienceMs ?? options.patienceMs;
      await wait(result.miss, missed, { ...options, patienceMs }, path, options.stop ? [...ends, options.stop] : ends);
    }
  };
  return {
    json: (path, call = {}) => send(path, call, (r) => r.json()),
    text: (path, call = {}) => send(path, call, (r) => r.text()),
    bytes: (path, call = {}) =>
      send(path, { ...call, method: 'GET' }, async (r) => new Uint8Array(await r.arrayBuffer())),
  };
}

export function throwIfAborted(signals: readonly AbortSignal[]): void {
  if (!signals.some((s) => s.aborted)) return;
  throw new VideorftError('the request was interrupted', { code: 'aborted' });
}

async function attempt<T>(
  url: string,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
  { refusal, isFinal }: Pick<TransportOptions, 'refusal'> & Pick<Call, 'isFinal'>,
): Promise<{ value: T } | { miss: Miss }> {
  let response: Response;
  try {
    response = await fetch(url, init);
    if (response.ok) return { value: await read(response) };
  } catch (error) {
    return { miss: { what: `no answer (${networkReason(error)})` } };
  }
  const { status } = response;
  const said = await response.text().then(detailOf, () => '');
  if ((!RETRIED.has(status) && status < 500) || isFinal?.(status, said)) throw refusal(url, status, said);
  return {
    miss: { what: `HTTP ${status} ${said}`.trim(), status, waitMs: retryAfterMs(response.headers, Date.now()) },
  };
}

async function wait(
  miss: Miss,
  missed: { since?: number; failures: number },
  { patienceMs, root, downCode, retryMs: baseDelayMs = RETRY.firstMs }: TransportOptions,
  path: string,
  ends: readonly AbortSignal[],
): Promise<void> {
  missed.since ??= Date.now();
  missed.failures++;
  if (missed.failures === 3) log.warn(`${root}${path}: ${miss.what}; trying again`);
  const leftMs = missed.since + patienceMs - Date.now();
  if (leftMs <= 0)
    throw new VideorftError(`the server has given no answer for ${Math.round(patienceMs / 1000)} s: ${miss.what}`, {
      code: downCode,
      facts: { server: root, path, attempts: missed.failures },
      fix: 'see to the server, then start the same command again: it goes on from its last checkpoint',
    });
  const ms = miss.waitMs ?? backoffMs(missed.failures, { ...RETRY, baseDelayMs }, 0.5 + Math.random() / 2);
  await delay(Math.min(ms, leftMs), undefined, { signal: AbortSignal.any([...ends]) }).catch(() =>
    throwIfAborted(ends),
  );
}

/** FastAPI's `{detail}` or OpenAI's `{error: {message}}`, as text; else the text itself, cut. */
function detailOf(text: string): string {
  try {
    const { detail, error } = JSON.parse(text) as { detail?: unknown; error?: unknown };
    const found = detail ?? (error as { message?: unknown } | undefined)?.message ?? error ?? text;
    return (typeof found === 'string' ? found : JSON.stringify(found)).slice(0, 400);
  } catch {
    return text.slice(0, 200);
  }
}
