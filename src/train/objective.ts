// The mathematics of GRPO in plain f64 arithmetic: advantages (METHOD Eq. 3), the per-token objective (Eq. 4) and what is logged of it.
// The embedded backend computes the same objective as a graph; a test holds the two together. Leaves out: orchestration (grpo.ts).

export interface AdvantageOptions {
  /** Divide by n − 1 (default) or n. */
  readonly std?: 'unbiased' | 'biased';
  readonly eps?: number;
}

/** Eq. 3: (r − mean) / (std + 1e-4) within one group; all zero when the rewards are equal. */
export function groupAdvantages(
  rewards_G: readonly number[],
  { std = 'unbiased', eps = 1e-4 }: AdvantageOptions = {},
): number[] {
  const n = rewards_G.length;
  if (n === 0) return [];
  if (rewards_G.every((r) => r === rewards_G[0])) return rewards_G.map(() => 0);
  const mean = rewards_G.reduce((a, b) => a + b, 0) / n;
  const squares = rewards_G.reduce((a, r) => a + (r - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (std === 'unbiased' ? n - 1 : n));
  return rewards_G.map((r) => (r - mean) / (deviation + eps));
}

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

/** Token weights of Eq. 4 over a batch: each sequence counts 1/(number of sequences), each of its tokens 1/|o|. */
export function sequenceMeanWeights(lengths: readonly number[]): Float32Array[] {
  return lengths.map((n) => new Float32Array(n).fill(1 / (n * lengths.length)));
}

/** Token weights of a completion-only cross entropy: the mean over all completion tokens of the batch. */
export function tokenMeanWeights(lengths: readonly number[]): Float32Array[] {
  const total = lengths.reduce((a, b) => a + b, 0);
  return lengths.map((n) => new Float32Array(n).fill(1 / total));
}

export interface PolicyStatistics {
  /** Mean over tokens of the k3 term. */
  readonly kl: number;
  /** Share of tokens where the clipped branch is the smaller one. */
  readonly clipFraction: number;
  /** Largest |log π − log π_old|: at the first update the gap between the sampler's and the trainer's log-probabilities. */
  readonly logprobGap: number;
}

export function policyStatistics(
  logprobs: readonly Float32Array[],
  old: readonly Float32Array[],
  ref: readonly Float32Array[],
  advantages: readonly number[],
  { clipLow, clipHigh }: { clipLow: number; clipHigh: number },
): PolicyStatistics {
  let [kl, clipped, gap, tokens] = [0, 0, 0, 0];
  for (const [i, row] of logprobs.entries()) {
    for (let t = 0; t < row.length; t++) {
      const ratio = Math.exp(row[t] - old[i][t]);
      kl += klTerm(row[t], ref[i][t]);
      gap = Math.max(gap, Math.abs(row[t] - old[i][t]));
      if (advantages[i] > 0 ? ratio > 1 + clipHigh : advantages[i] < 0 && ratio < 1 - clipLow) clipped++;
      tokens++;
    }
  }
  return { kl: kl / Math.max(1, tokens), clipFraction: clipped / Math.max(1, tokens), logprobGap: gap };
}
