// Completions from a server while the embedded engine trains (`--rollouts URL`): its settings, and the two engines as one backend.
// Leaves out: the loop (training.ts), a server that trains too (training-backend.ts).

import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { RolloutBackend, type RolloutTrainer } from '../backends/rollouts/index.ts';
import { RolloutServer } from '../backends/rollouts/server.ts';
import { envNameSchema, keyIn } from '../base/env-key.ts';
import { VideorftError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { log } from '../base/log.ts';

export const rolloutsSchema = z
  .string()
  .regex(/^https?:\/\/.+$/, 'must be an http: or https: address')
  .optional()
  .describe(
    'Server that writes the completions while this process trains an adapter (lora.rank): vLLM started with --enable-lora, --trust-request-mm-kwargs and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, or videorft serve --adapters FOLDER; absent: the embedded engine writes them.',
  );

export const rolloutServerSchema = z.strictObject({
  model: z.string().optional().describe('The base model as the server names it; absent: the one it has.'),
  apiKeyEnv: envNameSchema
    .optional()
    .describe('Environment variable that holds the bearer token; absent: none is sent.'),
  adapters: z
    .string()
    .optional()
    .describe('Folder that adapters are written to, on a disk that the server reads; absent: OUT/adapters.'),
  adaptersThere: z.string().optional().describe('The same folder as the server sees it; absent: by the same path.'),
  importanceCap: z
    .number()
    .positive()
    .default(2)
    .describe("C of truncated importance sampling: a token's weight is min(π_trainer/π_server, C)."),
  patienceSeconds: z
    .number()
    .positive()
    .default(600)
    .describe('How long the server may be away before the run stops, to be continued by the same command.'),
  timeoutSeconds: z
    .number()
    .positive()
    .default(900)
    .describe('Time for one request, that is all completions of one question.'),
});

/** A server to sample on. */
export interface RolloutSettings extends z.output<typeof rolloutServerSchema> {
  readonly url: string;
}

/** What the two settings mean; undefined: the engine that trains samples too. */
export const rolloutSettings = (
  url: string | undefined,
  settings: z.output<typeof rolloutServerSchema>,
): RolloutSettings | undefined => (url === undefined ? undefined : { ...settings, url });

const noKey = (variable: string) =>
  new VideorftError(`the environment variable ${variable} holds no token`, {
    code: 'rollouts-no-key',
    fix: `set it: ${variable}=… videorft grpo …`,
  });

/** Errors: rollouts-…. */
export async function openRollouts(
  trainer: RolloutTrainer,
  settings: RolloutSettings,
  { out, signal }: { readonly out: string; readonly signal?: AbortSignal },
): Promise<RolloutBackend> {
  const folder = resolve(settings.adapters ?? join(out, 'adapters'));
  const server = await RolloutServer.connect({
    url: settings.url,
    apiKey: keyIn(settings.apiKeyEnv, noKey),
    model: settings.model,
    folder,
    folderThere: settings.adaptersThere ?? folder,
    prefix: `videorft-${sha256(`${hostname()}:${resolve(out)}`).slice(0, 8)}-`,
    patienceMs: settings.patienceSeconds * 1000,
    timeoutMs: settings.timeoutSeconds * 1000,
    stop: signal,
  });
  log.info(`rollouts: ${server.baseModel} on ${settings.url}, with adapters from ${folder}`);
  return new RolloutBackend(trainer, server);
}

/** What a server is given after every step is an adapter; all weights would not fit the road. */
export function requireAdapter(model: { readonly weights: object; readonly trainable: object }): void {
  if (model.weights !== model.trainable) return;
  throw new VideorftError('a server samples with an adapter, and all weights are trained', {
    code: 'rollouts-lora-rank',
    fix: 'set lora.rank, for example --lora.rank 16',
  });
}
