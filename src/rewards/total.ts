// Eq. 6: R = R_f + R_a + 1[R_a > 0] · R_s, its ablations, and the released code's length bonus. Pure.
// Leaves out: computing the parts (format.ts, accuracy/, semantic.ts).
import { VideorftError } from '../base/errors.ts';

export interface TotalOptions {
  /** Parts that enter the sum; the gate reads R_a also when accuracy itself is left out. */
  readonly parts?: { readonly format?: boolean; readonly accuracy?: boolean; readonly semantic?: boolean };
  /** False: R_s counts for wrong answers too (the paper's "ungated sum"). */
  readonly gated?: boolean;
}

export interface RewardParts {
  readonly format: number;
  readonly accuracy: number;
  /** null: not computed. */
  readonly semantic: number | null;
  readonly lengthBonus?: number;
}

/** R of one completion: at least 0, at most 3 (3.2 with the length bonus). */
export function totalReward(parts: RewardParts, { parts: use = {}, gated = true }: TotalOptions = {}): number {
  const semantic = use.semantic !== false && (!gated || parts.accuracy > 0) ? (parts.semantic ?? 0) : 0;
  const format = use.format === false ? 0 : parts.format;
  const accuracy = use.accuracy === false ? 0 : parts.accuracy;
  return format + accuracy + semantic + (parts.lengthBonus ?? 0);
}

export interface LengthBonusOptions {
  readonly bonus: number;
  /** Completion lengths that earn it, in tokens, both ends included. */
  readonly minTokens: number;
  readonly maxTokens: number;
  /** Accuracy above which a completion counts as right. */
  readonly accuracyAbove: number;
}

/** The released code's constants (METHOD section 6); not in the paper. */
export const releasedLengthBonus: LengthBonusOptions = {
  bonus: 0.2,
  minTokens: 320,
  maxTokens: 512,
  accuracyAbove: 0.1,
};

/**
 * Bonus per completion of one group: when more than one is right, whatever its length, each right one of the set length
 * gets it.
 * @throws VideorftError reward-no-token-count when a completion comes without its token count.
 */
export function lengthBonuses(
  group_G: readonly { readonly accuracy: number; readonly tokens: number | undefined }[],
  { bonus, minTokens, maxTokens, accuracyAbove }: LengthBonusOptions = releasedLengthBonus,
): number[] {
  const right = group_G.map(({ accuracy }) => accuracy > accuracyAbove);
  const several = right.filter(Boolean).length > 1;
  return group_G.map(({ tokens }, i) => {
    if (tokens === undefined) {
      throw new VideorftError('The length bonus needs the token count of every completion.', {
        code: 'reward-no-token-count',
        fix: 'Pass `tokens` with each completion, or turn the length bonus off.',
      });
    }
    return several && right[i] && tokens >= minTokens && tokens <= maxTokens ? bonus : 0;
  });
}
