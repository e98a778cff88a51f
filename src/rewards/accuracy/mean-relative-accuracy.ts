// MRA of VSI-Bench: the share of thresholds θ in {0.50, 0.55, …, 0.95} with |pred − target| / |target| < 1 − θ
// (METHOD section 4). An evaluation metric, no reward. `released` computes in single precision and adds 1e-8 to the target.

export type MraVariant = 'paper' | 'released';

/** Largest relative errors, exact decimals: 0.50, 0.45, …, 0.05. */
const limits = Array.from({ length: 10 }, (_, i) => (50 - 5 * i) / 100);

const { fround } = Math;
/** The same as torch has them: 1 − arange(0.5, 0.975, 0.05), each step rounded to single precision. */
const releasedLimits = Array.from({ length: 10 }, (_, i) => fround(1 - fround(0.5 + 0.05 * i)));

function releasedError(predicted: number, target: number): number {
  const [p, t] = [fround(predicted), fround(target)];
  return fround(fround(Math.abs(fround(p - t))) / fround(Math.abs(t) + fround(1e-8)));
}

/**
 * MRA in [0, 1], in tenths. A target of 0 has no relative error: 1 for an exact prediction, else 0 (released: the error over 1e-8,
 * which comes to the same).
 */
export function meanRelativeAccuracy(predicted: number, target: number, variant: MraVariant = 'paper'): number {
  const below = (error: number, table: readonly number[]) =>
    table.filter((limit) => error < limit).length / table.length;
  if (variant === 'released') return below(releasedError(predicted, target), releasedLimits);
  if (target === 0) return predicted === 0 ? 1 : 0;
  return below(Math.abs(predicted - target) / Math.abs(target), limits);
}
