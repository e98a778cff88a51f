// The rewards' choices as a configuration: every knob of RewardOptions with METHOD section 3 as default and the released code's
// behaviour as a named value. Leaves out: the embedder's folder (who opens it, names it).
import { z } from 'zod';
import type { RewardOptions } from './options.ts';
import { releasedLengthBonus } from './total.ts';

const variant = z.enum(['paper', 'released']).default('paper');
const tokens = z.number().int().positive();

const partsSchema = z.strictObject({
  format: z.boolean().default(true).describe('Whether R_f counts.'),
  accuracy: z.boolean().default(true).describe('Whether R_a counts; the gate of R_s reads it also where it does not.'),
  semantic: z.boolean().default(true).describe('Whether R_s counts.'),
});

const lengthBonusSchema = z.strictObject({
  enabled: z.boolean().default(false).describe("The released code's length bonus, which is not in the paper."),
  bonus: z.number().default(releasedLengthBonus.bonus).describe('Length bonus: what a right completion earns.'),
  minTokens: tokens.default(releasedLengthBonus.minTokens).describe('Length bonus: shortest completion that earns it.'),
  maxTokens: tokens.default(releasedLengthBonus.maxTokens).describe('Length bonus: longest completion that earns it.'),
  accuracyAbove: z
    .number()
    .default(releasedLengthBonus.accuracyAbove)
    .describe('Length bonus: R_a above which a completion counts as right; more than one of its group must be.'),
});

export const rewardsSchema = z.strictObject({
  parts: partsSchema.prefault({}).describe('What enters the sum.'),
  gated: z.boolean().default(true).describe('Whether R_s counts only where R_a > 0 (Eq. 6); off: the ungated sum.'),
  w: z
    .number()
    .positive()
    .default(2)
    .describe('w of Eq. 5: scale of the cosine before it is cut at 1 (speedrun: 1, for the shipped SigLIP).'),
  maxTokens: tokens.default(64).describe("M: scored span of the reasoning, in the embedder's tokens."),
  pooling: z
    .enum(['mean-embedding', 'per-frame'])
    .default('mean-embedding')
    .describe("Compare the text with the frames' mean (Eq. 5), or with each frame and average (released code)."),
  span: variant.describe(
    'Where the scored span starts: after the first full stop that ends a sentence, or after the first "." at all (released code).',
  ),
  format: variant.describe(
    'What R_f accepts: one block of each tag and nothing else, or what the released pattern lets pass.',
  ),
  accuracy: z
    .strictObject({
      variant: variant.describe('How answers are read: by what they say, or by their spelling (released code).'),
    })
    .prefault({})
    .describe('R_a.'),
  lengthBonus: lengthBonusSchema.prefault({}).describe('A bonus for completions of a set length.'),
  prefilledThink: z
    .boolean()
    .default(false)
    .describe('The chat template ends in <think>, so that completions lack the tag.'),
});
export type RewardsConfig = z.output<typeof rewardsSchema>;

/** The options that a configuration means. */
export function rewardOptions({ lengthBonus: { enabled, ...bonus }, ...rest }: RewardsConfig): RewardOptions {
  return { ...rest, lengthBonus: enabled ? bonus : undefined };
}
