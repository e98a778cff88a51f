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

export interface PolicyStatistics {
  /** Mean over tokens of the k3 term. */
  readonly kl: number;
  /** Share of tokens where the clipped branch is the smaller one. */
  readonly clipFraction: number;
  /** Largest |log π − log π_old|: at the first update the gap between the sampler's and the trainer's log-probabilities. */
  readonly logprobGap: number;
  /** Mean of the same over tokens. */
  readonly logprobGapMean: number;
}

export function policyStatistics(
  logprobs: readonly Float32Array[],
  old: readonly Float32Array[],
  ref: readonly Float32Array[],
  advantages: readonly number[],
  { clipLow, clipHigh }: { clipLow: number; clipHigh: number },
): PolicyStatistics {
  let [kl, clipped, gap, gaps, tokens] = [0, 0, 0, 0, 0];
  for (const [i, row] of logprobs.entries()) {
    for (let t = 0; t < row.length; t++) {
      const ratio = Math.exp(row[t] - old[i][t]);
      kl += klTerm(row[t], ref[i][t]);
      gap = Math.max(gap, Math.abs(row[t] - old[i][t]));
      gaps += Math.abs(row[t] - old[i][t]);
      if (advantages[i] > 0 ? ratio > 1 + clipHigh : advantages[i] < 0 && ratio < 1 - clipLow) clipped++;
      tokens++;
    }
  }
  const [n, logprobGap] = [Math.max(1, tokens), gap];
  return { kl: kl / n, clipFraction: clipped / n, logprobGap, logprobGapMean: gaps / n };
}
