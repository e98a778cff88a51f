// The HTTP adapter of the chat-model port: any server that speaks OpenAI's chat completions. Leaves out: streaming, tools.
// Policy lives beside it: retry.ts (what is tried again), adaptive.ts (how many at once), breaker.ts (when nobody asks), wire.ts (the bodies).
import { VideorftError } from '../base/errors.ts';
import { createAdaptiveLimiter } from './adaptive.ts';
import { createBreaker } from './breaker.ts';
import type { Endpoint } from './config.ts';
import { requestJson } from './http.ts';
import { sleep } from './limit.ts';
import type { AttemptJournal, ChatModel, ChatRequest, ChatResponse } from './port.ts';
import { AttemptFailure, type RetryPolicy, type RetryTools, withRetry } from './retry.ts';
import { readCompletion, requestBody } from './wire.ts';

export interface OpenAIOptions {
  /** Where keys are looked up; the process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Clock, chance and sleep, for tests. */
  readonly tools?: Partial<RetryTools>;
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** Failures in a row, of all requests together, after which the endpoint counts as down. */
const DOWN_AFTER = 10;

/** Headers of every request. Throws `llm-no-key`. */
export function authorization(
  endpoint: Endpoint,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  if (!endpoint.apiKeyEnv) return {};
  const key = env[endpoint.apiKeyEnv]?.trim();
  if (key) return { authorization: `Bearer ${key}` };
  throw new VideorftError(`No API key for ${endpoint.model}.`, {
    code: 'llm-no-key',
    facts: { model: endpoint.model, baseURL: endpoint.baseURL, variable: endpoint.apiKeyEnv },
    fix: `Set the environment variable ${endpoint.apiKeyEnv}.`,
  });
}

export const retryPolicy = (
  endpoint: Endpoint,
  { baseDelayMs = 500, maxDelayMs = 30_000 }: OpenAIOptions,
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
export function createOpenAIModel(endpoint: Endpoint, options: OpenAIOptions = {}): ChatModel {
  const headers = authorization(endpoint, options.env ?? process.env);
  const url = `${endpoint.baseURL.replace(/\/+$/, '')}/chat/completions`;
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
  const timeoutMs = endpoint.timeoutSeconds * 1000;
  const chat = async (request: ChatRequest): Promise<ChatResponse> => {
    const { signal, journal } = request;
    const body = requestBody(request, endpoint);
    const post = () =>
      journaled(journal, async () => {
        const { apiKeyEnv } = endpoint;
        const reply = await requestJson({ url, method: 'POST', body, headers, timeoutMs, signal, apiKeyEnv });
        return readCompletion(reply, endpoint.model);
      });
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
