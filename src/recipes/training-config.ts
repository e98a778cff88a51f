// Settings of `videorft sft` and `videorft grpo`: every knob of both loops, of the rewards and of the engine, with METHOD section 3's
// constants as defaults. Descriptions name what the speedrun takes for its micro model where that differs.
import { z } from 'zod';
import { loraSchema, trainedTypes, weightTypes } from '../models/index.ts';
import { rewardsSchema } from '../rewards/index.ts';
import { watchdogsSchema } from '../train/watchdogs/index.ts';
import { profileNames } from './clips.ts';
import { rolloutServerSchema, rolloutsSchema } from './rollouts.ts';
import { grpoSteps, speedrunDefaults } from './speedrun/config.ts';
import { backendSchema, tinkerSchema } from './training-backend.ts';

const positive = z.number().int().positive();
const whole = z.number().int().min(0);
const share = z.number().min(0).max(1);

/** What the speedrun takes for its micro model; help texts and examples quote it. */
export const microSft = speedrunDefaults.sft;
export const microGrpo = { ...speedrunDefaults.grpo, steps: grpoSteps(speedrunDefaults) };

const dtypeSchema = z
  .enum(trainedTypes)
  .default('f32')
  .describe(
    'How matrices are held in memory, computed with as f32; f16 and bf16 take half, and are trained with an adapter only.',
  );

/** Of models that are only asked. */
export const askedDtypeSchema = z
  .enum(weightTypes)
  .default('f32')
  .describe(
    'How matrices are held in memory: f16 and bf16 take half of f32; int8 and int4 (the language layers; CPU only) take 0.3 and 0.2 of it, are fastest, and change answers a little.',
  );

export const engineSchema = z.strictObject({
  device: z.enum(['cpu', 'webgpu']).default('cpu').describe('What runs the model.'),
  threads: positive.optional().describe('Threads inside one operation; absent: all cores.'),
  dtype: dtypeSchema,
  maxRows: positive.default(16).describe('Sequences of one training pass; more are split, and their gradients added.'),
  maxDecodeRows: positive.default(128).describe('Completions that are written together.'),
});

/** Where the samples are and how they are seen. */
const inputKeys = {
  data: z.array(z.string()).min(1).describe('Sample files (.json, .jsonl, either with .gz).'),
  mediaRoot: z.string().describe('Folder that the paths of the samples start from.'),
  maxSetAside: share
    .default(0.1)
    .describe('Largest share of the samples that may be set aside before the first step; past it nothing starts.'),
};

const outputKeys = {
  out: z.string().describe('Run directory; starting again in it continues.'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe(
      'Frames, pixels and wording of the prompts; absent: micro for the shipped model and what was trained from it, paperTrain for others.',
    ),
  seed: z.number().int().default(0).describe('Seed of the order, and of sampling.'),
};

/** The optimizer, which both stages share. */
const optimizerKeys = (micro: number) => ({
  learningRate: z.number().positive().default(1e-6).describe(`Peak learning rate (speedrun: ${micro}).`),
  schedule: z.enum(['constant', 'linear', 'cosine']).default('cosine').describe('How it falls to 0.'),
  warmupSteps: whole.default(0).describe('Steps over which it rises to its peak.'),
  weightDecay: z.number().min(0).default(0.01).describe('Decoupled weight decay of matrices.'),
  maxGradNorm: z.number().positive().default(5).describe('Gradients are cut to this global norm.'),
});

export const sftRunConfig = z.strictObject({
  ...inputKeys,
  model: z
    .string()
    .optional()
    .describe('Folder of the model, or a run directory (its newest checkpoint); absent: the shipped micro model.'),
  ...outputKeys,
  epochs: z
    .number()
    .positive()
    .default(1)
    .describe(`Passes over the chains of thought (speedrun: ${microSft.epochs}).`),
  batchSize: positive.default(16).describe('Chains of one step.'),
  ...optimizerKeys(microSft.learningRate),
  saveEvery: positive.default(25).describe('Steps between two checkpoints; the last two are kept.'),
  lora: loraSchema.prefault({}).describe('A low-rank adapter in place of all weights.'),
  engine: engineSchema.prefault({}).describe('The embedded engine.'),
  backend: backendSchema,
  tinker: tinkerSchema.prefault({}).describe('A remote server.'),
});
export type SftRunConfig = z.output<typeof sftRunConfig>;

export const grpoRunConfig = z.strictObject({
  ...inputKeys,
  model: z
    .string()
    .optional()
    .describe(
      'Folder of the model after SFT, or its run directory; it is also the reference. Absent: the shipped micro model.',
    ),
  embedder: z
    .string()
    .optional()
    .describe('Folder of the SigLIP or CLIP model of the semantic reward; absent: the shipped micro SigLIP.'),
  ...outputKeys,
  steps: positive.default(1000).describe(`Optimizer steps (speedrun: ${microGrpo.steps}).`),
  questions: positive.default(8).describe(`Questions of one step (P; speedrun: ${microGrpo.questions}).`),
  groupSize: positive.default(8).describe('Completions of one question (G).'),
  maxTokens: positive.default(1024).describe(`Longest completion, in tokens (speedrun: ${microGrpo.maxTokens}).`),
  temperature: z.number().positive().default(1).describe(`Sampling temperature (speedrun: ${microGrpo.temperature}).`),
  topP: share.default(0.95).describe('Nucleus sampling.'),
  ...optimizerKeys(microGrpo.learningRate),
  clipLow: share.default(0.2).describe('ε of Eq. 4 below 1.'),
  clipHigh: z.number().min(0).default(0.2).describe('ε of Eq. 4 above 1.'),
  beta: z.number().min(0).default(0.04).describe(`β of Eq. 4, weight of the KL term (speedrun: ${microGrpo.beta}).`),
  updatesPerBatch: positive.default(1).describe('Optimizer steps on one batch of completions.'),
  std: z.enum(['unbiased', 'biased']).default('unbiased').describe('Divisor of Eq. 3: G − 1, or G.'),
  saveEvery: positive.default(10).describe('Steps between two checkpoints; the last two are kept.'),
  rolloutEvery: positive.default(5).describe('Steps between two files of rollouts.'),
  rewards: rewardsSchema.prefault({}).describe('The rewards.'),
  watchdogs: watchdogsSchema.prefault({}).describe('What the run is watched for; each finding warns once.'),
  lora: loraSchema.prefault({}).describe('A low-rank adapter in place of all weights.'),
  engine: engineSchema.prefault({}).describe('The embedded engine.'),
  backend: backendSchema,
  tinker: tinkerSchema.prefault({}).describe('A remote server.'),
  rollouts: rolloutsSchema,
  rolloutServer: rolloutServerSchema.prefault({}).describe('The server of --rollouts.'),
});
export type GrpoRunConfig = z.output<typeof grpoRunConfig>;
