// Mean, spread and saturation of a reward part over a batch: what every run logs, and what a watchdog reads.
// Leaves out: intervals and figures (report/).

export interface RewardStatistics {
  readonly n: number;
  /** null for an empty batch; the others too. */
  readonly mean: number | null;
  /** Unbiased standard deviation; 0 for a single value. */
  readonly spread: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Shares at exactly 0 and at exactly 1. */
  readonly atZero: number | null;
  readonly atOne: number | null;
  /** atZero + atOne: a reward that sits there most of the time does not discriminate. */
  readonly saturation: number | null;
}

const empty: RewardStatistics = {
  n: 0,
  mean: null,
  spread: null,
  min: null,
  max: null,
  atZero: null,
  atOne: null,
  saturation: null,
};

/** Statistics of values in [0, 1]; nulls (parts that were not computed) are left out. */
export function rewardStatistics(values: readonly (number | null)[]): RewardStatistics {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return empty;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const share = (at: number) => known.filter((value) => value === at).length / n;
  const [atZero, atOne] = [share(0), share(1)];
  const bounds = { min: known.reduce((a, b) => Math.min(a, b)), max: known.reduce((a, b) => Math.max(a, b)) };
  return {
    n,
    mean,
    spread: n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
    ...bounds,
    atZero,
    atOne,
    saturation: atZero + atOne,
  };
}
