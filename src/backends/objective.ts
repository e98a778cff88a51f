// The per-token objective of GRPO (METHOD Eq. 4) in plain f64 arithmetic, with its derivative in closed form. The embedded backend computes
// the same as a graph (a test holds the two together); a remote one is sent the derivative. Leaves out: weights, advantages (train/).
import type { LossInput } from './port.ts';

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

/** The k3 estimator exp(x) − x − 1 of KL(π ‖ π_ref), x = clamp(log π_ref − log π, −10, 10). */
export function klTerm(logprob: number, refLogprob: number): number {
  const x = clamp(refLogprob - logprob, -10, 10);
  return Math.exp(x) - x - 1;
}

export interface TokenInput {
  readonly logprob: number;
  readonly oldLogprob: number;
  readonly refLogprob: number;
  readonly advantage: number;
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly beta: number;
}

/** The advantage of token `t` of sequence `i`, times its importance: i·min(ρA, clip(ρ)A) is min(ρ·iA, clip(ρ)·iA) for i ≥ 0. */
export const tokenAdvantage = (
  { advantages, importance }: Pick<Extract<LossInput, { kind: 'grpo' }>, 'advantages' | 'importance'>,
  i: number,
  t: number,
): number => advantages[i] * (importance?.[i][t] ?? 1);

/** Eq. 4 for one token: min(ρA, clip(ρ, 1−ε, 1+ε)A) − β·KL. To be maximized. */
export function tokenObjective(t: TokenInput): number {
  const ratio = Math.exp(t.logprob - t.oldLogprob);
  const clipped = clamp(ratio, 1 - t.clipLow, 1 + t.clipHigh);
  return Math.min(ratio * t.advantage, clipped * t.advantage) - t.beta * klTerm(t.logprob, t.refLogprob);
}

/** ∂tokenObjective/∂logprob in closed form. */
export function tokenObjectiveGradient(t: TokenInput): number {
  const ratio = Math.exp(t.logprob - t.oldLogprob);
  const active = t.advantage >= 0 ? ratio <= 1 + t.clipHigh : ratio >= 1 - t.clipLow;
  const x = t.refLogprob - t.logprob;
  const klGradient = Math.abs(x) < 10 ? 1 - Math.exp(x) : 0;
  return (active ? ratio * t.advantage : 0) - t.beta * klGradient;
}
