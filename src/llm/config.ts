// Where an expert lives: the settings of one endpoint. Keys never stand in a configuration, only the name
// of the environment variable that holds them.

import { z } from 'zod';
import { envNameSchema } from '../base/env-key.ts';

export const endpointSchema = z.strictObject({
  protocol: z
    .enum(['openai', 'gemini'])
    .default('openai')
    .describe("What is spoken there: OpenAI's chat completions, or Gemini's own generateContent."),
  baseURL: z
    .url()
    .describe(
      'Address of the API, up to and including its version: …/v1, for Gemini https://generativelanguage.googleapis.com/v1beta.',
    ),
  model: z.string().min(1).describe('Model name as the server knows it.'),
  apiKeyEnv: envNameSchema
    .optional()
    .describe('Environment variable that holds the API key; leave out for servers without one.'),
  concurrency: z
    .number()
    .int()
    .min(1)
    .default(16)
    .describe('Most requests in flight at once; begins at 8, grows while the endpoint takes them, halves on 429.'),
  timeoutSeconds: z.number().positive().max(300).default(120).describe('Limit for one attempt, answer included.'),
  maxAttempts: z.number().int().min(1).default(6).describe('Attempts per request; waiting out 429 does not count.'),
  rateLimitPatienceSeconds: z
    .number()
    .min(0)
    .default(600)
    .describe('How long one request may wait out 429 answers before it fails.'),
  downPatienceSeconds: z
    .number()
    .min(0)
    .default(600)
    .describe(
      'How long the endpoint may be down (no connection, 5xx, timeouts) before the run stops; nobody loses attempts.',
    ),
  jsonMode: z
    .enum(['json_schema', 'json_object', 'none'])
    .default('json_schema')
    .describe('How JSON is asked for: by schema, as any object (the schema is checked here either way), or in words.'),
  imageDetail: z
    .enum(['auto', 'low', 'high'])
    .optional()
    .describe(
      "OpenAI's detail of each picture or frame; absent: not sent, which there means auto. low is one small picture (512 × 512) at a fixed price, most of a curation's cost less; estimates count pictures by their pixels until there are answers.",
    ),
  extraBody: z
    .record(z.string(), z.json())
    .default({})
    .describe(
      'Further fields for the request body, such as {"reasoning_effort": "low"}; null leaves one of ours out: {"max_tokens": null, "max_completion_tokens": 4096}.',
    ),
});

/** Resolved settings, defaults filled in. */
export type Endpoint = z.output<typeof endpointSchema>;
export type EndpointInput = z.input<typeof endpointSchema>;

export const batchSchema = z.strictObject({
  use: z
    .boolean()
    .default(false)
    .describe("Ask by the endpoint's batch interface (/v1/files, /v1/batches): cheaper, answers within a day."),
  requests: z
    .number()
    .int()
    .min(1)
    .max(50_000)
    .default(1000)
    .describe('Most requests in one batch; the frames of twice as many are held in memory.'),
  megabytes: z.number().positive().max(200).default(100).describe('Most megabytes in one batch, frames included.'),
  gatherSeconds: z
    .number()
    .min(0)
    .default(60)
    .describe('A batch that is not full goes out when nothing has been added for so long.'),
  pollSeconds: z.number().positive().default(60).describe('How often a batch under way is looked at.'),
  priceFactor: z.number().min(0).default(0.5).describe('What the endpoint charges in batches, of its price.'),
});

/** How an endpoint's batch interface is used. */
export type BatchSettings = z.output<typeof batchSchema>;
