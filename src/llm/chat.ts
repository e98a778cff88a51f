// A chat model behind an endpoint, whatever protocol it speaks: policy once, the protocol as a part (openai.ts, gemini.ts). Leaves out: streaming, tools.
// Policy lives beside it: retry.ts (what is tried again), adaptive.ts (how many at once), breaker.ts (when nobody asks).
import { type Env, keyIn } from '../base/env-key.ts';
import { VideorftError } from '../base/errors.ts';
import { sleep } from '../base/limit.ts';
import { createAdaptiveLimiter } from './adaptive.ts';
import { createBreaker } from './breaker.ts';
import type { Endpoint } from './config.ts';
import type { AttemptJournal, ChatModel, ChatRequest, ChatResponse } from './port.ts';
import { AttemptFailure, type RetryPolicy, type RetryTools, withRetry } from './retry.ts';

export interface ChatOptions {
  /** Where keys are looked up; the process's environment by default. */
  readonly env?: Env;
  /** Clock, chance and sleep, for tests. */
  readonly tools?: Partial<RetryTools>;
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** What one endpoint's requests have in common. */
export interface Line {
  readonly endpoint: Endpoint;
  /** The key, and what the endpoint wants beside it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly tools: RetryTools;
}

export type Completion = Omit<ChatResponse, 'attempts'>;

export interface Protocol {
  readonly address: (endpoint: Endpoint) => string;
  readonly authorization: (key: string) => Record<string, string>;
  /** Opens a line; the function it returns makes of a request what one attempt does, its body made once. */
  open(line: Line): (request: ChatRequest) => () => Promise<Completion>;
}

/** Failures in a row, of all requests together, after which the endpoint counts as down. */
const DOWN_AFTER = 10;

function keyOf({ model, baseURL, apiKeyEnv }: Endpoint, env: Env): string | undefined {
  const missing = (variable: string) =>
    new VideorftError(`No API key for ${model}.`, {
      code: 'llm-no-key',
      facts: { model, baseURL, variable },
      fix: `Set the environment variable ${variable}.`,
    });
  return keyIn(apiKeyEnv, missing, env);
}

/** The key, as the protocol wants it. Throws `llm-no-key`. */
export function headersOf(
  protocol: Protocol,
  endpoint: Endpoint,
  { env = process.env }: ChatOptions,
): Record<string, string> {
  const key = keyOf(endpoint, env);
  return key === undefined ? {} : protocol.authorization(key);
}

export const retryPolicy = (
  endpoint: Endpoint,
  { baseDelayMs = 500, maxDelayMs = 30_000 }: ChatOptions,
): RetryPolicy => ({
  maxAttempts: endpoint.maxAttempts,
  baseDelayMs,
  maxDelayMs,
  patienceMs: endpoint.rateLimitPatienceSeconds * 1000,
});

/**
 * A chat model behind `endpoint`. `chat` throws `llm-failed` when the attempts are used up and `llm-refused` where no request
 * can succeed (401, 402, 403, 404), each with the list of attempts; `llm-down` when the endpoint stays away. Throws `llm-no-key` at once for a missing key.
 */
export function createModel(protocol: Protocol, endpoint: Endpoint, options: ChatOptions = {}): ChatModel {
  const headers = headersOf(protocol, endpoint, options);
  const url = protocol.address(endpoint);
  const tools: RetryTools = { now: Date.now, random: Math.random, sleep, ...options.tools };
  const policy = retryPolicy(endpoint, options);
  const limiter = createAdaptiveLimiter({ ceiling: endpoint.concurrency, now: tools.now });
  const breaker = createBreaker({
    threshold: DOWN_AFTER,
    cooldownMs: 2 * policy.baseDelayMs,
    maxCooldownMs: policy.maxDelayMs,
    patienceMs: endpoint.downPatienceSeconds * 1000,
    tools,
    facts: { model: endpoint.model, url },
  });
  const prepare = protocol.open({ endpoint, headers, timeoutMs: endpoint.timeoutSeconds * 1000, tools });
  const chat = async (request: ChatRequest): Promise<ChatResponse> => {
    const { signal, journal } = request;
    const once = prepare(request);
    const post = () => journaled(journal, once);
    const attempt = () => limiter.run(() => breaker.run(post, signal), signal);
    const facts = { model: endpoint.model, url, sample: request.sampleId };
    const context = { policy, tools, signal, facts, failures: journal?.failures, onRateLimit: limiter.pause };
    const { value, attempts } = await withRetry(attempt, context);
    return { ...value, attempts };
  };
  return { name: endpoint.model, chat };
}

async function journaled<T>(journal: AttemptJournal | undefined, attempt: () => Promise<T>): Promise<T> {
  await journal?.begin();
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof AttemptFailure) await journal?.fail(error.kind);
    throw error;
  }
}
