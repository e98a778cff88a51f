// Our losses as the server's. What has to be sent is a gradient: of Eq. 4 it is, at the policy's own log-probabilities π, w·∂J/∂log π per
// token (backends/objective.ts), which importance_sampling with `logprobs` = π (ratio 1) and that as `advantages` has, whatever the ratio to
// π_old is. Without a KL term ppo computes the same on the server, and nothing has to be known of π.
// Servers differ in what they divide by: 'sum' by nothing, 'mean' (SkyRL's jax backend) each sequence by the sum of its mask, and all by
// their number at the step; weights are multiplied by what it divides by.
import { VideorftError } from '../../base/errors.ts';
import { type TokenInput, tokenAdvantage, tokenObjective, tokenObjectiveGradient } from '../objective.ts';
import type { LossInput, Sequence } from '../port.ts';
import type { TokenValues } from './chunks.ts';
import type { LossName } from './wire.ts';

export type Normalization = 'sum' | 'mean';
export type GrpoLoss = Extract<LossInput, { kind: 'grpo' }>;

export interface RemoteLoss {
  readonly loss_fn: LossName;
  readonly loss_fn_config?: Readonly<Record<string, number>>;
  readonly values: TokenValues;
}

/** Whether the loss can only be written down once π is known. */
export const needsPolicy = (loss: LossInput): boolean => loss.kind === 'grpo' && loss.beta > 0;

const ones = (n: number) => new Float32Array(n).fill(1);

/** The loss of sequence `i` of a batch of `sequences`; `policy`: its log-probabilities, where `needsPolicy`. */
export function remoteLoss(
  loss: LossInput,
  i: number,
  { sequences, normalization }: { readonly sequences: number; readonly normalization: Normalization },
  policy?: Float32Array,
): RemoteLoss {
  const w = loss.weights[i];
  const factor = normalization === 'sum' ? 1 : w.length * sequences;
  const mask = ones(w.length);
  if (loss.kind === 'cross_entropy') {
    if (normalization === 'sum') return { loss_fn: 'cross_entropy', values: { weights: w } };
    // jax divides by the weights themselves; cispo between 1 and 1 is −advantage·log π, with weights free to be a mask.
    const values = { weights: mask, logprobs: new Float32Array(w.length), advantages: w.map((x) => x * factor) };
    return { loss_fn: 'cispo', loss_fn_config: thresholds(1, 1), values };
  }
  if (!needsPolicy(loss)) {
    const advantages = w.map((x, t) => x * factor * tokenAdvantage(loss, i, t));
    const config = thresholds(1 - loss.clipLow, 1 + loss.clipHigh);
    return {
      loss_fn: 'ppo',
      loss_fn_config: config,
      values: { weights: mask, logprobs: loss.oldLogprobs[i], advantages },
    };
  }
  if (!policy) throw new VideorftError('the KL term needs the current log-probabilities', { code: 'backend-loss' });
  const advantages = w.map((x, t) => x * factor * tokenObjectiveGradient(tokenOf(loss, i, t, policy)));
  return { loss_fn: 'importance_sampling', values: { weights: mask, logprobs: policy, advantages } };
}

const thresholds = (clip_low_threshold: number, clip_high_threshold: number) => ({
  clip_low_threshold,
  clip_high_threshold,
});

const tokenOf = (loss: GrpoLoss, i: number, t: number, logprobs: Float32Array): TokenInput => ({
  logprob: logprobs[t],
  oldLogprob: loss.oldLogprobs[i][t],
  refLogprob: loss.refLogprobs[i][t],
  advantage: tokenAdvantage(loss, i, t),
  clipLow: loss.clipLow,
  clipHigh: loss.clipHigh,
  beta: loss.beta,
});

/** The loss's value at these log-probabilities; what servers report is of their own terms. */
export function lossValue(loss: LossInput, logprobs: readonly Float32Array[]): number {
  let total = 0;
  logprobs.forEach((row, i) => {
    row.forEach((lp, t) => {
      const gain = loss.kind === 'cross_entropy' ? lp : tokenObjective(tokenOf(loss, i, t, row));
      total -= loss.weights[i][t] * gain;
    });
  });
  return total;
}

/**
 * Servers tell no entropies. Where tokens were sampled from the policy (GRPO), −log π is an estimate without bias; of given text it is
 * none: NaN.
 */
export function entropyEstimate(
  loss: LossInput,
  logprobs: readonly Float32Array[],
  batch: readonly Sequence[],
): number {
  if (loss.kind === 'cross_entropy') return Number.NaN;
  const tokens = batch.reduce((n, s) => n + s.tokens.length, 0);
  return logprobs.reduce((sum, row) => row.reduce((a, x) => a - x, sum), 0) / Math.max(1, tokens);
}
