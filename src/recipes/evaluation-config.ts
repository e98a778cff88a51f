// Settings of `videorft eval`; decoding defaults are METHOD section 3's for evaluation.
import { z } from 'zod';
import { profileNames } from './clips.ts';
import { askedDtypeSchema } from './training-config.ts';

const positive = z.number().int().positive();

export const evaluationConfig = z.strictObject({
  data: z.array(z.string()).min(1).describe('Sample files (.json, .jsonl, either with .gz).'),
  mediaRoot: z.string().describe('Folder that the paths of the samples start from.'),
  model: z
    .string()
    .optional()
    .describe('Folder of the model, or a run directory (its newest checkpoint); absent: the shipped micro model.'),
  mode: z
    .enum(['think', 'direct'])
    .default('think')
    .describe('Ask for reasoning before the answer, or for the answer.'),
  out: z.string().describe('File of the rows (.jsonl); its summary and configuration lie beside it.'),
  profile: z
    .enum(profileNames)
    .optional()
    .describe(
      'Frames, pixels and wording of the prompts; absent: micro for the shipped model and what was trained from it, paperEval for others.',
    ),
  temperature: z.number().min(0).default(0.01).describe('Sampling temperature; 0: the likeliest token.'),
  topP: z.number().gt(0).max(1).default(0.001).describe('Nucleus sampling (released script: 0.1).'),
  maxTokens: positive.default(1024).describe('Longest completion, in tokens.'),
  seed: z.number().int().default(0).describe('Seed of sampling, and of the choice that limit makes.'),
  limit: positive.optional().describe('Only so many samples, drawn by the seed; all where absent.'),
  embedder: z.string().optional().describe('Folder of a SigLIP or CLIP model that measures R_s; absent: not measured.'),
  retryErrors: z.boolean().default(false).describe('Ask again where an earlier call stored an error.'),
  engine: z
    .strictObject({
      device: z.enum(['cpu', 'webgpu']).default('cpu').describe('What runs the model.'),
      threads: positive.optional().describe('Threads inside one operation; absent: all cores.'),
      dtype: askedDtypeSchema,
      maxDecodeRows: positive.default(64).describe('Completions that are written together.'),
    })
    .prefault({})
    .describe('The engine.'),
});
export type EvaluationConfig = z.output<typeof evaluationConfig>;
