// The mathematics of GRPO in plain f64 arithmetic: advantages (METHOD Eq. 3), the weights of Eq. 4 and what is logged of it.
// Leaves out: the per-token objective (backends/objective.ts), orchestration (grpo.ts).
import { klTerm } from '../backends/objective.ts';

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

/** Token weights of Eq. 4 over a batch: each sequence counts 1/(number of sequences), each of its tokens 1/|o|. */
export function sequenceMeanWeights(lengths: readonly number[]): Float32Array[] {
  return lengths.map((n) => new Float32Array(n).fill(1 / (n * lengths.length)));
}

/** Token weights of a completion-only cross entropy: the mean over all completion tokens of the batch. */
export function tokenMeanWeights(lengths: readonly number[]): Float32Array[] {
  const total = lengths.reduce((a, b) => a + b, 0);
  return lengths.map((n) => new Float32Array(n).fill(1 / total));
}

/**
 * min(π/π_sampler, C) per token: truncated importance sampling (TIS; Yao et al. 2025, "Your Efficient RL Framework Secretly Brings You
 * Off-Policy RL Training"), for completions that another engine sampled. It multiplies the surrogate and is a constant to the gradient.
 */
export function truncatedImportance(
  logprobs: readonly Float32Array[],
  sampled: readonly Float32Array[],
  cap: number,
): Float32Array[] {
  return logprobs.map((row, i) => row.map((lp, t) => Math.min(Math.exp(lp - sampled[i][t]), cap)));
}

/** Mean weight, and the share of tokens whose weight was cut to C. */
export function importanceStatistics(weights: readonly Float32Array[], cap: number) {
  let [sum, cut, tokens] = [0, 0, 0];
  for (const row of weights)
    for (const w of row) {
      sum += w;
      if (w >= Math.fround(cap)) cut++;
      tokens++;
    }
  return { importance: sum / Math.max(1, tokens), importanceTruncated: cut / Math.max(1, tokens) };
}

export interface PolicyStatistics {
  /** Mean over tokens of the k3 term. */
  readonly kl: number;
  /** Share of tokens where the clipped branch is the smaller one. */
  readonly clipFraction: number;
  /** Largest |log π − log π_sampler|: at the first update the gap between the sampler's and the trainer's log-probabilities. */
  readonly logprobGap: number;
  /** Mean of the same over tokens. */
  readonly logprobGapMean: number;
}

/** Log-probabilities of a batch by who computed them. `sampled`: the sampler; `old`: the trainer before the first update, or the sampler too. */
export interface BatchLogprobs {
  readonly old: readonly Float32Array[];
  readonly ref: readonly Float32Array[];
  readonly sampled: readonly Float32Array[];
}

export function policyStatistics(
  logprobs: readonly Float32Array[],
  { old, ref, sampled }: BatchLogprobs,
  advantages: readonly number[],
  { clipLow, clipHigh }: { clipLow: number; clipHigh: number },
): PolicyStatistics {
  let [kl, clipped, gap, gaps, tokens] = [0, 0, 0, 0, 0];
  for (const [i, row] of logprobs.entries()) {
    for (let t = 0; t < row.length; t++) {
      const ratio = Math.exp(row[t] - old[i][t]);
      kl += klTerm(row[t], ref[i][t]);
      gap = Math.max(gap, Math.abs(row[t] - sampled[i][t]));
      gaps += Math.abs(row[t] - sampled[i][t]);
      if (advantages[i] > 0 ? ratio > 1 + clipHigh : advantages[i] < 0 && ratio < 1 - clipLow) clipped++;
      tokens++;
    }
  }
  const [n, logprobGap] = [Math.max(1, tokens), gap];
  return { kl: kl / n, clipFraction: clipped / n, logprobGap, logprobGapMean: gaps / n };
}
