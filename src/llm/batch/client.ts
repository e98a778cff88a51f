// The calls of OpenAI's batch interface, each repeated while the endpoint is away. Nothing is submitted twice: a batch of an uploaded file is looked
// for before one is made. Leaves out: what is asked (model.ts) and what the files hold (lines.ts).
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import type { Endpoint } from '../config.ts';
import { parseJson, type Sending, send } from '../http.ts';
import { AttemptFailure, type RetryPolicy, type RetryTools, withRetry } from '../retry.ts';
import { type BatchState, batchSchema, ENDPOINT } from './lines.ts';

export interface BatchClient {
  /** The vendor's name of the file. */
  upload(lines: readonly string[], signal?: AbortSignal): Promise<string>;
  /** The batch of this file, made if there is none; undefined where neither is there any more. */
  submit(file: string, signal?: AbortSignal): Promise<BatchState | undefined>;
  /** Undefined where the vendor knows it no more. */
  look(batch: string, signal?: AbortSignal): Promise<BatchState | undefined>;
  content(file: string, signal?: AbortSignal): Promise<string | undefined>;
  remove(file: string): Promise<void>;
}

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly policy: RetryPolicy;
  readonly tools: RetryTools;
}

const fileSchema = z.object({ id: z.string() });
const listSchema = z.object({ data: z.array(batchSchema), has_more: z.boolean().nullish() });
/** A large file on a slow line. */
const LEAST_TIMEOUT_MS = 600_000;
const PAGE = 100;

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new AttemptFailure('not an answer of a batch interface', 'broken-body', 'again');
}

const GONE = new Set([404, 410]);

/** Undefined for what is not there (any more): vendors keep files and batches for a while. */
async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AttemptFailure && GONE.has(error.status ?? 0)) return undefined;
    throw error;
  }
}

export function createBatchClient({ endpoint, headers, policy, tools }: ClientOptions): BatchClient {
  const base = endpoint.baseURL.replace(/\/+$/, '');
  const timeoutMs = Math.max(LEAST_TIMEOUT_MS, endpoint.timeoutSeconds * 1000);
  const http = (method: Sending['method'], path: string, signal?: AbortSignal, body?: string | FormData): Sending => {
    const type: Record<string, string> = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
    const { apiKeyEnv } = endpoint;
    return { method, url: `${base}${path}`, headers: { ...type, ...headers }, timeoutMs, apiKeyEnv, signal, body };
  };
  const requestJson = async (sending: Sending) => parseJson((await send(sending)).text);
  const persist = async <T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    const context = { policy: patient(policy, endpoint), tools, signal, facts: { model: endpoint.model, url: base } };
    try {
      return (await withRetry(call, context)).value;
    } catch (error) {
      throw error instanceof VideorftError && error.code === 'llm-failed' ? noBatches(error) : error;
    }
  };
  const find = async (file: string, signal?: AbortSignal): Promise<BatchState | undefined> => {
    for (let after = ''; ; ) {
      const path = `/batches?limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`;
      const { data, has_more } = parse(listSchema, await requestJson(http('GET', path, signal)));
      const found = data.find(({ input_file_id }) => input_file_id === file);
      if (found || !has_more || data.length === 0) return found;
      after = data[data.length - 1].id;
    }
  };
  const make = async (file: string, signal?: AbortSignal): Promise<BatchState | undefined> => {
    const wish = { input_file_id: file, endpoint: ENDPOINT, completion_window: '24h' };
    try {
      return parse(batchSchema, await requestJson(http('POST', '/batches', signal, JSON.stringify(wish))));
    } catch (error) {
      const isRefused = error instanceof AttemptFailure && (error.verdict === 'never' || error.verdict === 'refused');
      if (isRefused && !(await ifThere(send(http('GET', `/files/${file}`, signal))))) return undefined;
      throw error;
    }
  };
  return {
    upload: (lines, signal) =>
      persist(async () => {
        const form = new FormData();
        form.set('purpose', 'batch');
        form.set('file', new Blob([...lines], { type: 'application/jsonl' }), 'videorft.jsonl');
        return parse(fileSchema, await requestJson(http('POST', '/files', signal, form))).id;
      }, signal),
    submit: (file, signal) => persist(async () => (await find(file, signal)) ?? make(file, signal), signal),
    look: (batch, signal) =>
      persist(async () => {
        const found = await ifThere(requestJson(http('GET', `/batches/${batch}`, signal)));
        return found === undefined ? undefined : parse(batchSchema, found);
      }, signal),
    content: (file, signal) =>
      persist(async () => (await ifThere(send(http('GET', `/files/${file}/content`, signal))))?.text, signal),
    async remove(file) {
      await send(http('DELETE', `/files/${file}`));
    },
  };
}

/** Attempts enough for as long as an endpoint may be down. */
const patient = (policy: RetryPolicy, { downPatienceSeconds }: Endpoint): RetryPolicy => ({
  ...policy,
  maxAttempts: Math.max(policy.maxAttempts, Math.ceil((2 * downPatienceSeconds * 1000) / policy.maxDelayMs)),
});

const noBatches = ({ message, facts, fix, cause }: VideorftError) =>
  new VideorftError(`The batch interface does not work: ${message}`, {
    code: 'llm-batch',
    facts,
    fix: fix ?? 'See whether the endpoint has one, then run again: what was submitted is not submitted again.',
    cause,
  });
