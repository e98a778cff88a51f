// Which engine trains: the embedded one, with a plan of what it is about to do, or a server that speaks the Tinker protocol
// (`--backend tinker:URL`), where adapters of the server's model are trained. Leaves out: the loops (training.ts), servers that sample only
// (rollouts.ts).

import { z } from 'zod';
import { EmbeddedBackend, type EmbeddedOptions } from '../backends/embedded/index.ts';
import type { Backend } from '../backends/port.ts';
import { TinkerBackend } from '../backends/tinker/index.ts';
import { envNameSchema } from '../base/env-key.ts';
import { VideorftError } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { type LoraSettings, loadPromptCoder, loraSchema } from '../models/index.ts';
import { type Outline, planTraining } from './plan.ts';
import { openRollouts, requireAdapter } from './rollouts.ts';
import { companionsOf, openModel } from './shipped.ts';
import type { TrainingJob } from './training.ts';

const PREFIX = 'tinker:';

export const backendSchema = z
  .string()
  .regex(/^(embedded|tinker:https?:\/\/.+)$/, 'must be embedded or tinker:URL')
  .default('embedded')
  .describe(
    'What trains: embedded (this process), or tinker:URL, a server of the Tinker protocol (SkyRL, the hosted service); --model is then the folder of its tokenizer, and lora.rank the adapter.',
  );

export const tinkerSchema = z.strictObject({
  baseModel: z.string().optional().describe('The model as the server names it; absent: the one it has.'),
  apiKeyEnv: envNameSchema
    .default('TINKER_API_KEY')
    .describe('Environment variable that holds the API key, where the server wants one.'),
  normalization: z
    .enum(['probe', 'sum', 'mean'])
    .default('probe')
    .describe(
      "What the server's losses are divided by: nothing (sum), or tokens and sequences (mean, SkyRL's jax backend); probe finds out on a model of its own.",
    ),
  sequencesPerRequest: z
    .number()
    .int()
    .positive()
    .default(16)
    .describe('Sequences of one request; several requests are under way at once.'),
  patienceSeconds: z
    .number()
    .positive()
    .default(600)
    .describe('How long the server may be away before the run stops, to be continued by the same command.'),
});
export type TinkerSettings = z.output<typeof tinkerSchema>;

/** A server to train on. */
export interface RemoteEngine extends TinkerSettings {
  readonly url: string;
}

/** What the two settings mean; undefined: the embedded engine. */
export const remoteEngine = (backend: string, settings: TinkerSettings): RemoteEngine | undefined =>
  backend.startsWith(PREFIX) ? { ...settings, url: backend.slice(PREFIX.length) } : undefined;

const DEFAULT_BACKEND: EmbeddedOptions = { maxRows: 16, maxDecodeRows: 128 };

/** Opens what trains the job, and says what it is about to do. Errors: model-…, train-memory, tinker-…, rollouts-…. */
export async function openBackend(job: TrainingJob, outline: Outline): Promise<Backend> {
  if (job.remote && job.rollouts)
    throw new VideorftError('a server that trains samples too', {
      code: 'rollouts-backend',
      fix: 'leave out --rollouts, or --backend',
    });
  return job.remote ? openRemote(job, job.remote) : openEmbedded(job, outline);
}

async function openEmbedded(job: TrainingJob, outline: Outline): Promise<Backend> {
  const model = await openModel(job.model, { lora: job.lora, seed: job.seed, dtype: job.backend?.dtype });
  if (job.rollouts) requireAdapter(model);
  const backend = new EmbeddedBackend(model, { ...DEFAULT_BACKEND, ...job.backend });
  try {
    const plan = await planTraining(backend, job.samples, job.load, outline);
    if (plan) log.info(plan);
    return job.rollouts ? await openRollouts(backend, job.rollouts, job) : backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function openRemote(
  job: TrainingJob,
  { url, apiKeyEnv, patienceSeconds, ...settings }: RemoteEngine,
): Promise<Backend> {
  const rank = remoteRank(job.lora);
  const backend = await TinkerBackend.connect({
    ...settings,
    url,
    rank,
    seed: job.seed,
    coder: await loadPromptCoder(await companionsOf(job.model)),
    from: job.model,
    apiKey: process.env[apiKeyEnv],
    patienceMs: patienceSeconds * 1000,
  });
  log.info(
    `remote: ${backend.baseModel} on ${url}, an adapter of rank ${rank}; its losses are ${backend.normalization}s`,
  );
  return backend;
}

const ownChoices = ['alpha', 'rslora', 'targets', 'towers'] as const;

/** The adapter's rank; everything else of it is the server's choice (SkyRL: α 32), so a setting that differs would do nothing. */
function remoteRank(lora: LoraSettings | undefined): number {
  if (!lora?.rank)
    throw new VideorftError('a remote server trains an adapter, and none was asked for', {
      code: 'tinker-rank',
      fix: 'set lora.rank, for example --lora.rank 16',
    });
  const usual = loraSchema.parse({});
  const key = ownChoices.find((name) => JSON.stringify(lora[name]) !== JSON.stringify(usual[name]));
  if (key === undefined) return lora.rank;
  throw new VideorftError(`of a remote adapter only the rank can be chosen, not ${key}`, {
    code: 'tinker-lora',
    fix: `leave lora.${key} out`,
  });
}
