// One request to a Tinker-compatible server, tried again while the server may still answer: no connection, timeouts, 408, 425, 429 and 5xx
// are waited out up to `patienceMs`; other refusals are errors at once. Leaves out: what the answers mean (client.ts).
import { setTimeout as delay } from 'node:timers/promises';
import { VideorftError } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import { networkReason } from '../../llm/http.ts';
import { backoffMs, retryAfterMs } from '../../llm/retry.ts';

export interface TransportOptions {
  /** Up to where `/api/v1` begins. */
  readonly baseURL: string;
  readonly apiKey?: string;
  /** How long the server may be away before the run stops. */
  readonly patienceMs: number;
  /** Limit for one attempt, answer included. */
  readonly timeoutMs: number;
  /** First wait before another attempt, which doubles. Default 250. */
  readonly retryMs?: number;
  /** Ends everything that waits. */
  readonly signal?: AbortSignal;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** In place of the transport's own. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** A poll: 408 says that there is no result yet, and is answered with `PENDING`. */
  readonly isPoll?: boolean;
}

export const PENDING = Symbol('pending');

export interface Transport {
  /** The JSON of a 2xx answer. Errors: tinker-refused (facts.status), tinker-lost, tinker-down, aborted. */
  json(path: string, call?: Call): Promise<unknown>;
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
  const root = `${options.baseURL.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`;
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(options.apiKey ? { 'x-api-key': options.apiKey } : {}),
  };
  const send = async <T>(path: string, call: Call, read: (r: Response) => Promise<T>): Promise<T> => {
    const body = call.body && JSON.stringify(call.body);
    const ends = [options.signal, call.signal].filter((s) => s !== undefined);
    const missed: { since?: number; failures: number } = { failures: 0 };
    for (;;) {
      throwIfAborted(ends);
      const timeout = AbortSignal.timeout(call.timeoutMs ?? options.timeoutMs);
      const init = { method: call.method ?? 'POST', headers: { ...headers, ...call.headers }, body };
      const result = await attempt(`${root}${path}`, { ...init, signal: AbortSignal.any([...ends, timeout]) }, read);
      if ('value' in result) return result.value;
      throwIfAborted(ends);
      if (call.isPoll && result.miss.status === 408) return PENDING as T;
      await wait(result.miss, missed, { ...options, patienceMs: call.patienceMs ?? options.patienceMs }, path, ends);
    }
  };
  return {
    json: (path, call = {}) => send(path, call, (r) => r.json()),
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
  if (!RETRIED.has(status) && status < 500) throw refusal(url, status, said);
  return {
    miss: { what: `HTTP ${status} ${said}`.trim(), status, waitMs: retryAfterMs(response.headers, Date.now()) },
  };
}

async function wait(
  miss: Miss,
  missed: { since?: number; failures: number },
  { patienceMs, baseURL, retryMs: baseDelayMs = RETRY.firstMs }: TransportOptions,
  path: string,
  ends: readonly AbortSignal[],
): Promise<void> {
  missed.since ??= Date.now();
  missed.failures++;
  if (missed.failures === 3) log.warn(`${baseURL}${path}: ${miss.what}; trying again`);
  const leftMs = missed.since + patienceMs - Date.now();
  if (leftMs <= 0)
    throw new VideorftError(`the server has given no answer for ${Math.round(patienceMs / 1000)} s: ${miss.what}`, {
      code: 'tinker-down',
      facts: { server: baseURL, path, attempts: missed.failures },
      fix: 'see to the server, then start the same command again: it goes on from its last checkpoint',
    });
  const ms = miss.waitMs ?? backoffMs(missed.failures, { ...RETRY, baseDelayMs }, 0.5 + Math.random() / 2);
  await delay(Math.min(ms, leftMs), undefined, { signal: AbortSignal.any([...ends]) }).catch(() =>
    throwIfAborted(ends),
  );
}

/** FastAPI's `{detail}`, as text; else the text itself, cut. */
function detailOf(text: string): string {
  try {
    const { detail, error } = JSON.parse(text) as { detail?: unknown; error?: unknown };
    const found = detail ?? error ?? text;
    return (typeof found === 'string' ? found : JSON.stringify(found)).slice(0, 400);
  } catch {
    return text.slice(0, 200);
  }
}

/** Words of a server that has forgotten the run: it was started anew, or it unloaded a session that was silent. */
const FORGOTTEN = /\bnot loaded\b|(model|session|sampler|future) not found/i;

/** A refusal as an error: of a server that no longer knows the run, or of a request that no retry can mend. */
export function refusal(url: string, status: number, said: string): VideorftError {
  const facts = { url, status, said };
  if (FORGOTTEN.test(said))
    return new VideorftError(`the server no longer knows this run: ${said}`, {
      code: 'tinker-lost',
      facts,
      fix: 'start the same command again: it goes on from its last checkpoint',
    });
  return new VideorftError(`the server refused: ${said || `HTTP ${status}`}`, {
    code: 'tinker-refused',
    facts,
    fix: fixes[status] ?? "read the server's message",
  });
}

const fixes: Readonly<Record<number, string>> = {
  401: 'set tinker.apiKeyEnv to the environment variable that holds the key',
  402: 'add credit to the account of this API key',
  403: 'check what the API key may use',
  404: 'check the address: it ends before /api/v1',
};
