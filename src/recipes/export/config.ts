// Settings of `videorft export`: which trainer, which samples, where they will lie, and the hyper-parameters of both stages. Those are the
// keys of `videorft sft` and `videorft grpo`, with the same defaults; what has no counterpart in other trainers is not offered.
import { z } from 'zod';
import { rewardsSchema } from '../../rewards/index.ts';
import { grpoRunConfig, sftRunConfig } from '../training-config.ts';

export const engineNames = ['ms-swift', 'verl', 'openrlhf', 'easyr1', 'trl', 'llama-factory'] as const;
export type EngineName = (typeof engineNames)[number];

const optimizer = {
  learningRate: true,
  schedule: true,
  warmupSteps: true,
  weightDecay: true,
  maxGradNorm: true,
} as const;

const sftKnobs = sftRunConfig.pick({ epochs: true, batchSize: true, ...optimizer, seed: true });
export type SftKnobs = z.output<typeof sftKnobs>;

const grpoKnobs = grpoRunConfig.pick({
  ...{ steps: true, questions: true, groupSize: true, maxTokens: true, temperature: true, topP: true },
  ...optimizer,
  ...{ clipLow: true, clipHigh: true, beta: true, seed: true },
});
export type GrpoKnobs = z.output<typeof grpoKnobs>;

export const sftDefaults: SftKnobs = sftKnobs.parse({});
export const grpoDefaults: GrpoKnobs = grpoKnobs.parse({});

const absolute = z.string().startsWith('/', 'must be an absolute path');

export const exportConfig = z.strictObject({
  for: z.enum(engineNames).describe('The trainer.'),
  out: z.string().describe('Folder to write; writing again replaces what it holds.'),
  cot: z
    .array(z.string())
    .default([])
    .describe('Files of chains of thought, for SFT (cot.jsonl of videorft curate); absent: no SFT.'),
  rl: z.array(z.string()).default([]).describe('Files of questions, for GRPO (rl.jsonl); absent: no GRPO.'),
  mediaRoot: z.string().describe('Folder that the paths of the samples start from, on this machine.'),
  at: absolute.optional().describe('Where the written folder will lie on the cluster; absent: where it is written.'),
  mediaAt: absolute.optional().describe('Where the media root will lie on the cluster; absent: where it lies here.'),
  maxSetAside: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Largest share of the samples that may be left out because they cannot be used; past it nothing is written.',
    ),
  model: z
    .string()
    .default('Qwen/Qwen2.5-VL-7B-Instruct')
    .describe('The model to start from: a name on the Hub, a folder, or a run directory (its newest checkpoint).'),
  embedder: z
    .string()
    .default('siglip-so400m-patch14-384')
    .describe("Folder of the semantic reward's SigLIP on the cluster; micro: the shipped one."),
  gpus: z.number().int().positive().default(8).describe('GPUs of the one machine.'),
  sft: sftKnobs.prefault({}).describe('SFT.'),
  grpo: grpoKnobs.prefault({}).describe('GRPO.'),
  rewards: rewardsSchema.prefault({}).describe('The rewards that the server gives.'),
  check: z
    .boolean()
    .default(false)
    .describe("Parses what was written with the trainer's own parser, and loads the data."),
  python: z
    .string()
    .optional()
    .describe("The trainer's Python, for --check; absent: VIDEORFT_NAME_PYTHON, such as VIDEORFT_MS_SWIFT_PYTHON."),
});
export type ExportConfig = z.output<typeof exportConfig>;
