// Every choice the rewards leave open, with the paper's values as default and the released code's as a named variant.
import type { AccuracyOptions } from './accuracy/score.ts';
import type { FormatVariant } from './format.ts';
import type { Pooling } from './semantic.ts';
import type { SpanVariant } from './span.ts';
import { type LengthBonusOptions, releasedLengthBonus, type TotalOptions } from './total.ts';

export interface RewardOptions extends TotalOptions {
  readonly format?: FormatVariant;
  readonly accuracy?: AccuracyOptions;
  /** w of Eq. 5. */
  readonly w?: number;
  /** M: the span's length in the embedder's tokens. */
  readonly maxTokens?: number;
  readonly pooling?: Pooling;
  readonly span?: SpanVariant;
  /** Off unless given; the released constants are `releasedLengthBonus`. */
  readonly lengthBonus?: LengthBonusOptions;
  /** The chat template ends in `<think>`. */
  readonly prefilledThink?: boolean;
}

/** METHOD section 3. */
export const paperRewards: RewardOptions = {};

/** What the authors' code computes where it differs from the paper (METHOD section 6), its colour mistake left out. */
export const releasedRewards: RewardOptions = {
  format: 'released',
  accuracy: { variant: 'released' },
  pooling: 'per-frame',
  span: 'released',
  lengthBonus: releasedLengthBonus,
};
