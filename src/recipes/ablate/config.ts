// Settings of `videorft ablate`: which arms, scales w and base models, over the speedrun's own settings of world, curation and training.
// Defaults fit all of one seed into 55 minutes on two quiet cores. Leaves out: what an arm is (arms.ts).
import { z } from 'zod';
import { type SpeedrunConfig, speedrunConfig } from '../speedrun/config.ts';
import { armNames } from './arms.ts';

const { seed, embedder, threads, world, experts, sft, grpo, evaluate } = speedrunConfig.shape;

/** Steps of reinforcement learning of each arm where none are given. */
const STEPS = 90;

export const ablateConfig = z.strictObject({
  out: z
    .string()
    .default('runs/ablate')
    .describe('Folder of the ablation, one per seed; starting again in it continues. With --merge: of the result.'),
  arms: z
    .array(z.enum(armNames))
    .default([...armNames])
    .describe(`Arms: ${armNames.join(', ')}; the base model and full are always there.`),
  w: z
    .array(z.number().positive())
    .default([1, 2, 3, 4])
    .describe('Values of w (Eq. 5) under which full is trained; that of --grpo.w shares the arm.'),
  models: z
    .array(z.string())
    .default([])
    .describe('Folders of base models: all arms from the first, and full from each other; absent: the shipped model.'),
  seed,
  merge: z
    .boolean()
    .default(false)
    .describe('Train nothing: make one table and figure of the folders that are named, one per seed.'),
  dryRun: z.boolean().default(false).describe('Print the plan with the time expected, and stop.'),
  curated: z
    .string()
    .optional()
    .describe('Folder of videorft curate with samples of your own, in place of the micro-world; needs the next two.'),
  heldOut: z.array(z.string()).default([]).describe('Sample files of the questions that all arms are asked.'),
  mediaRoot: z.string().optional().describe('Folder that the paths of those samples start from.'),
  embedder,
  threads,
  world,
  experts,
  sft,
  grpo: grpo.extend({
    steps: z.number().int().positive().default(STEPS).describe('Optimizer steps of each arm.'),
  }),
  evaluate,
});
export type AblateConfig = z.output<typeof ablateConfig>;

/** The settings under which the speedrun's stages work for one base model; `base` undefined: the shipped model. */
export const stageConfig = (config: AblateConfig, base: string | undefined): SpeedrunConfig => ({
  out: config.out,
  long: false,
  seed: config.seed,
  base,
  embedder: config.embedder,
  threads: config.threads,
  world: config.world,
  experts: config.experts,
  sft: config.sft,
  grpo: config.grpo,
  evaluate: config.evaluate,
});
