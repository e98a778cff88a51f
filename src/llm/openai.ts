// The HTTP adapter of the chat-model port: any server that speaks OpenAI's chat completions. Leaves out: streaming, tools.
// Policy lives beside it: retry.ts (what is tried again), limit.ts (how many at once), wire.ts (the bodies).
import { VideorftError } from '../base/errors.ts';
import type { Endpoint } from './config.ts';
import { postJson } from './http.ts';
import { createLimiter, sleep } from './limit.ts';
import type { ChatModel, ChatRequest, ChatResponse } from './port.ts';
import { type RetryPolicy, type RetryTools, withRetry } from './retry.ts';
import { readCompletion, requestBody } from './wire.ts';

export interface OpenAIOptions {
  /** Where keys are looked up; the process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Clock, chance and sleep, for tests. */
  readonly tools?: Partial<RetryTools>;
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

function authorization(endpoint: Endpoint, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  if (!endpoint.apiKeyEnv) return {};
  const key = env[endpoint.apiKeyEnv]?.trim();
  if (key) return { authorization: `Bearer ${key}` };
  throw new VideorftError(`No API key for ${endpoint.model}.`, {
    code: 'llm-no-key',
    facts: { model: endpoint.model, baseURL: endpoint.baseURL, variable: endpoint.apiKeyEnv },
    fix: `Set the environment variable ${endpoint.apiKeyEnv}.`,
  });
}

/**
 * A chat model behind `endpoint`. `chat` throws `llm-failed` when the attempts are used up and `llm-refused` where no request
 * can succeed (401, 402, 403, 404), each with the list of attempts. Throws `llm-no-key` at once for a missing key.
 */
export function createOpenAIModel(endpoint: Endpoint, options: OpenAIOptions = {}): ChatModel {
  const headers = authorization(endpoint, options.env ?? process.env);
  const url = `${endpoint.baseURL.replace(/\/+$/, '')}/chat/completions`;
  const limiter = createLimiter(endpoint.concurrency);
  const tools: RetryTools = { now: Date.now, random: Math.random, sleep, ...options.tools };
  const policy: RetryPolicy = {
    maxAttempts: endpoint.maxAttempts,
    baseDelayMs: options.baseDelayMs ?? 500,
    maxDelayMs: options.maxDelayMs ?? 30_000,
    patienceMs: endpoint.rateLimitPatienceSeconds * 1000,
  };
  const chat = async (request: ChatRequest): Promise<ChatResponse> => {
    const { signal } = request;
    const body = requestBody(request, endpoint);
    const attempt = async () => {
      await limiter.ready(signal);
      const timeoutMs = endpoint.timeoutSeconds * 1000;
      const reply = await postJson({ url, body, headers, timeoutMs, signal, apiKeyEnv: endpoint.apiKeyEnv });
      return readCompletion(reply, endpoint.model);
    };
    const facts = { model: endpoint.model, url, sample: request.sampleId };
    const context = { policy, tools, signal, facts, onRateLimit: limiter.pause };
    const { value, attempts } = await withRetry(attempt, context);
    return { ...value, attempts };
  };
  return { name: endpoint.model, chat: (request) => limiter.run(() => chat(request), request.signal) };
}
