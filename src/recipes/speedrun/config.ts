// Settings of the main job: one schema; `videorft speedrun --help` prints it. The miniature of the tests sets the same keys, so every
// size takes the same code path.
import { z } from 'zod';
import { parseConfig } from '../../base/config.ts';
import { microBase, microEmbedder } from '../shipped.ts';

const positive = z.number().int().positive();

/** Steps of reinforcement learning where none are given. */
const STEPS = { short: 120, long: 250 };

export const speedrunConfig = z.strictObject({
  out: z.string().default('runs/speedrun').describe('Folder of the run; starting again in it continues.'),
  long: z
    .boolean()
    .default(false)
    .describe('More steps of reinforcement learning; at most an hour on two cores. Give it a folder of its own.'),
  seed: z.number().int().default(0).describe('Seed of the world, of the order and of sampling.'),
  base: z.string().optional().describe('Folder of the base model; absent: the shipped micro model.'),
  embedder: z
    .string()
    .optional()
    .describe('Folder of the SigLIP or CLIP model of the semantic reward; absent: the shipped micro SigLIP.'),
  threads: positive
    .optional()
    .describe(
      'Threads inside one operation; absent: all cores. On two cores, two runs side by side with one thread each do 1.4 times what one does with both.',
    ),
  world: z
    .strictObject({
      train: positive.default(1400).describe('Training clips and images.'),
      heldOut: positive.default(160).describe('Held-out clips and images.'),
      questions: positive.default(3).describe('Questions per clip or image.'),
    })
    .describe('The micro-world.'),
  experts: z
    .strictObject({
      hardMistakeRate: z
        .number()
        .min(0)
        .max(1)
        .default(0.95)
        .describe('Stand-in reasoner: share of mistakes in hard questions.'),
      slipRate: z
        .number()
        .min(0)
        .max(1)
        .default(0.9)
        .describe(
          'Stand-in reasoner: share of wrong conclusions elsewhere. The filter drops them, so that the pool is about three times the chains, as in the paper.',
        ),
      passesSlips: z.number().min(0).max(1).default(0.95).describe('Stand-in refiner: share of those it lets pass.'),
      mistakeRate: z.number().min(0).max(1).default(0.25).describe('Stand-in reasoner: share of mistakes elsewhere.'),
      minSimilarity: z
        .number()
        .default(0.8)
        .describe('Filter: least cosine of generated and reference answer, free-form.'),
    })
    .describe('The stand-in experts and the filter.'),
  sft: z
    .strictObject({
      epochs: z.number().positive().default(1).describe('Passes over the chains of thought.'),
      batchSize: positive.default(16).describe('Chains per step.'),
      learningRate: z.number().positive().default(1e-3).describe('Peak learning rate.'),
    })
    .describe('Supervised fine-tuning.'),
  grpo: z
    .strictObject({
      steps: positive.optional().describe(`Optimizer steps; absent: ${STEPS.short}, with --long ${STEPS.long}.`),
      questions: positive.default(16).describe('Questions per step.'),
      groupSize: positive.default(8).describe('Completions per question (G).'),
      learningRate: z.number().positive().default(1e-4).describe('Peak learning rate.'),
      beta: z.number().min(0).default(0.01).describe('Weight of the KL term (β).'),
      w: z
        .number()
        .positive()
        .default(1)
        .describe(
          "Scale of the semantic reward (w of Eq. 5). The micro SigLIP gives correct descriptions a cosine of 0.77 to 0.98, so the paper's 2 saturates and 1 discriminates.",
        ),
      temperature: z
        .number()
        .positive()
        .default(0.7)
        .describe(
          'Sampling temperature; the policy that is improved is the one at this temperature, and below 1 that is nearer to the one that answers.',
        ),
      maxTokens: positive.default(96).describe('Longest completion, in tokens.'),
    })
    .describe('Group relative policy optimization.'),
  evaluate: z
    .strictObject({
      limit: positive.optional().describe('Only so many held-out questions; all where absent.'),
    })
    .describe('Evaluation.'),
});
export type SpeedrunConfig = z.output<typeof speedrunConfig>;

/** What `npm start` takes; help texts, examples and other commands' defaults quote it. */
export const speedrunDefaults: SpeedrunConfig = parseConfig(speedrunConfig, {});

export const grpoSteps = ({ grpo, long }: Pick<SpeedrunConfig, 'grpo' | 'long'>): number =>
  grpo.steps ?? STEPS[long ? 'long' : 'short'];
export const baseOf = ({ base = microBase }: Pick<SpeedrunConfig, 'base'>): string => base;
export const embedderOf = ({ embedder = microEmbedder }: Pick<SpeedrunConfig, 'embedder'>): string => embedder;
