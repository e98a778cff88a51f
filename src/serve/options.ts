// The server's settings: where it listens, whom it lets in, what it refuses. Leaves out: the model and what runs it (cli/, recipes/).

import { z } from 'zod';
import { envNameSchema } from '../base/env-key.ts';

const positive = z.number().int().positive();
const MiB = 2 ** 20;

export const serveSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on; the default is reachable from this machine only.'),
  port: z.number().int().min(0).max(65535).default(8000).describe('Port to listen on; 0: any free one.'),
  name: z
    .string()
    .min(1)
    .optional()
    .describe("The model's name in requests and /v1/models; absent: its folder's name."),
  apiKeyEnv: envNameSchema
    .optional()
    .describe('Environment variable that holds the bearer token which requests must carry; absent: none is asked for.'),
  mediaRoot: z.string().optional().describe('Folder below which file:// URLs may lie; absent: file:// is refused.'),
  adapters: z
    .string()
    .optional()
    .describe(
      'Folder below which adapters (LoRA, PEFT) may lie that clients load and unload at run time, by /v1/load_lora_adapter and /v1/unload_lora_adapter; absent: none are loaded.',
    ),
  maxAdapters: positive.default(8).describe('Adapters that are loaded at once.'),
  allowHost: z
    .array(z.string().regex(/^([\w.-]+|\[?[\da-f:.]+\]?)$/i, 'must be a host name or address, without scheme and port'))
    .default([])
    .describe('A host that media may be fetched from although its address is private; repeat the flag for each.'),
  maxConcurrent: positive.max(256).default(32).describe('Answers written at once; further requests wait.'),
  maxQueue: z.number().int().min(0).default(64).describe('Requests that may wait; more are answered 429.'),
  maxBodyBytes: positive.default(64 * MiB).describe('Largest request body, data: URLs included.'),
  maxMediaBytes: positive.default(256 * MiB).describe('Largest picture or video.'),
  maxMedia: positive.default(8).describe('Pictures and videos in one request.'),
  maxFrames: positive.default(64).describe('Frames that are looked at in one video, whatever a request asks for.'),
  maxPixels: positive.default(7680 * 4320).describe('Pixels of a picture or frame before it is scaled down.'),
  maxTokens: positive.default(2048).describe('Longest answer, in tokens; also where a request names no max_tokens.'),
  maxContext: positive.optional().describe("Prompt and answer together, in tokens; absent: the model's own limit."),
  timeoutSeconds: z
    .number()
    .positive()
    .default(600)
    .describe('Time for one request, from its arrival to its last token.'),
  mediaTimeoutSeconds: z
    .number()
    .positive()
    .default(60)
    .describe('Time to fetch, and again to decode, one file; also for a request to arrive.'),
  cacheBytes: z
    .number()
    .int()
    .min(0)
    .default(1024 * MiB)
    .describe('Memory for prompts that were computed, to be continued without computing them again.'),
  decodeBytes: positive
    .default(4096 * MiB)
    .describe('Memory for the keys and values of answers being written; requests wait while it is taken.'),
  graceSeconds: z.number().min(0).default(10).describe('How long Ctrl-C lets running answers go on.'),
});

export type ServeOptions = z.output<typeof serveSchema>;
export type ServeOptionsInput = z.input<typeof serveSchema>;
