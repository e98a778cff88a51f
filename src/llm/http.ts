// One attempt of one JSON request over fetch, with every way to fail turned into an AttemptFailure. Leaves out: trying again
// (retry.ts) and what the body means (openai.ts).
import { AttemptFailure, kindOfStatus, retryAfterMs, verdictOfStatus } from './retry.ts';

export interface Sending {
  readonly url: string;
  /** POST unless told otherwise. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: string | Uint8Array | FormData;
  readonly headers: Readonly<Record<string, string>>;
  /** Limit for the whole attempt, body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Name of the key's environment variable, for the fix of a 401. */
  readonly apiKeyEnv?: string;
}

/** Posts JSON and returns the parsed JSON body. Throws AttemptFailure; a caller's abort passes through as it is. */
export async function postJson(post: Sending): Promise<unknown> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...post.headers };
  return parseJson((await send({ ...post, headers })).text);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AttemptFailure('broken JSON', 'broken-body', 'again', { cause: error });
  }
}

/** One exchange: the answer's headers and text. Throws AttemptFailure as `postJson` does. */
export async function send(post: Sending): Promise<{ readonly headers: Headers; readonly text: string }> {
  const timeout = AbortSignal.timeout(post.timeoutMs);
  const signal = post.signal ? AbortSignal.any([post.signal, timeout]) : timeout;
  let response: Response;
  let text: string;
  try {
    response = await fetch(post.url, {
      method: post.method ?? 'POST',
      headers: post.headers,
      body: post.body as BodyInit | undefined,
      signal,
    });
    text = await response.text();
  } catch (error) {
    if (post.signal?.aborted) throw post.signal.reason;
    if (timeout.aborted)
      throw new AttemptFailure('timeout', 'timeout', 'again', { fix: 'Raise timeoutSeconds or lower concurrency.' });
    throw new AttemptFailure(`no answer (${networkReason(error)})`, 'network', 'again', { cause: error });
  }
  if (!response.ok) throw statusFailure(response, text, post);
  return { headers: response.headers, text };
}

/** fetch says only 'fetch failed'; the reason ('ECONNREFUSED') is in its cause. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return String(cause);
}

function statusFailure(response: Response, text: string, { url, apiKeyEnv }: Sending): AttemptFailure {
  // Gemini says 400 to a key that it does not know.
  const status = response.status === 400 && text.includes('API_KEY_INVALID') ? 401 : response.status;
  const said = serverMessage(text);
  const outcome = `HTTP ${response.status}${said ? ` (${said})` : ''}`;
  // OpenAI answers 429 for an empty account as well: waiting does not fill it.
  const spent = status === 429 && text.includes('insufficient_quota');
  return new AttemptFailure(outcome, kindOfStatus(status), spent ? 'refused' : verdictOfStatus(status), {
    retryAfterMs: retryAfterMs(response.headers, Date.now()),
    status,
    fix: spent
      ? 'Add credit to the account of this API key.'
      : (startWith(text) ?? fixOfStatus(status, url, apiKeyEnv)),
  });
}

/** vLLM (0.32) takes a video's rate and size in a request only when it was started so. */
export const startWith = (answer: string): string | undefined =>
  answer.includes('--trust-request-mm-kwargs') ? 'start vLLM with --trust-request-mm-kwargs' : undefined;

function fixOfStatus(status: number, url: string, apiKeyEnv: string | undefined): string | undefined {
  if (status === 401 || status === 403) {
    return apiKeyEnv
      ? `Check the key in ${apiKeyEnv} and what it may use.`
      : 'Set apiKeyEnv to the name of the environment variable that holds the key.';
  }
  if (status === 402) return 'Add credit to the account of this API key.';
  if (status === 404) return `Check baseURL and model: nothing answers at ${url}, or it does not know the model.`;
  if (status === 413) return 'Send fewer or smaller frames.';
  if (status === 400 || status === 422)
    return "Read the server's message; where it has no JSON mode, set jsonMode to none.";
  if (status === 429) return 'Lower concurrency or raise rateLimitPatienceSeconds.';
  return undefined;
}

/** The message of an error body in at most 200 characters: `{"error": {"message"}}`, or the text itself. */
function serverMessage(text: string): string {
  let message = text;
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown };
    const found = typeof body.error === 'string' ? body.error : (body.error?.message ?? body.message);
    if (typeof found === 'string') message = found;
  } catch {
    // Not JSON: the text is the message.
  }
  return message.replace(/\s+/g, ' ').trim().slice(0, 200);
}
