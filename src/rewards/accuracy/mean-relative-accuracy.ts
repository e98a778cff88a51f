// MRA of VSI-Bench: the share of thresholds θ in {0.50, 0.55, …, 0.95} with |pred − target| / |target| < 1 − θ
// (METHOD section 4). An evaluation metric, no reward.

/** Largest relative errors, exact decimals: 0.50, 0.45, …, 0.05. */
const limits = Array.from({ length: 10 }, (_, i) => (50 - 5 * i) / 100);

/** MRA in [0, 1], in tenths. A target of 0 has no relative error: 1 for an exact prediction, else 0. */
export function meanRelativeAccuracy(predicted: number, target: number): number {
  if (target === 0) return predicted === 0 ? 1 : 0;
  const error = Math.abs(predicted - target) / Math.abs(target);
  return limits.filter((limit) => error < limit).length / limits.length;
}
