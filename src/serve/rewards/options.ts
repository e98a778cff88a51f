// The reward server's settings: where it listens, whom it lets in, what it refuses. Leaves out: the rewards (rewards/config.ts) and the
// embedder (cli/, recipes/).
import { z } from 'zod';
import { serveSchema } from '../options.ts';

const positive = z.number().int().positive();
const MiB = 2 ** 20;
const { host, port, apiKeyEnv, maxMediaBytes, maxPixels, mediaTimeoutSeconds, graceSeconds } = serveSchema.shape;

export const rewardServeSchema = z.strictObject({
  mediaRoot: z
    .string()
    .optional()
    .describe('Folder below which all videos and pictures lie; absent: only where the semantic reward is off.'),
  host,
  port: port.unwrap().default(8001).describe('Port to listen on; 0: any free one.'),
  apiKeyEnv,
  maxConcurrent: positive.max(256).default(16).describe('Requests whose body is in memory; further ones wait unread.'),
  maxQueue: z.number().int().min(0).default(2048).describe('Requests that may wait; more are answered 429.'),
  maxBodyBytes: positive.default(16 * MiB).describe('Largest request body.'),
  maxGroups: positive.default(1024).describe('Groups of one request.'),
  maxCompletions: positive.default(4096).describe('Completions of one request, all groups together.'),
  bodySeconds: z.number().positive().default(10).describe('Time for a body to come, once it is read.'),
  timeoutSeconds: z
    .number()
    .positive()
    .default(170)
    .describe('Time for one request, from its arrival to its rewards; OpenRLHF waits 180 s.'),
  maxMediaBytes,
  maxPixels,
  mediaTimeoutSeconds,
  cacheBytes: z
    .number()
    .int()
    .min(0)
    .default(256 * MiB)
    .describe('Memory for embeddings of videos (so400m: 4.6 KB each; per-frame 16 times that).'),
  graceSeconds,
});

export type RewardServeOptions = z.output<typeof rewardServeSchema>;
export type RewardServeInput = z.input<typeof rewardServeSchema>;
