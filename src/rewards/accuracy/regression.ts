// Regression: 1 − relative error, in [0, 1] (METHOD section 3).
// `released` adds 1e-9 to both error and scale, which scores an exact answer to a truth of 0 as 0.
import { parseNumber } from './number.ts';
import { plainFloat } from './numerical.ts';
import { truthUnreadable, type Verdict, wrong } from './verdict.ts';

export type RegressionVariant = 'paper' | 'released';

const eps = 1e-9;
const clamp01 = (x: number) => Math.min(1, Math.max(0, x));

/** 1 − clamp(|predicted − target| / max(|target|, 1e-9), 0, 1); an exact answer is 1, also for a target of 0. */
export function relativeAccuracy(predicted: number, target: number, variant: RegressionVariant = 'paper'): number {
  const error = Math.abs(predicted - target);
  const scale = Math.abs(target);
  if (variant === 'released') return 1 - clamp01((error + eps) / (scale + eps));
  return 1 - clamp01(error / Math.max(scale, eps));
}

/**
 * Relative accuracy of the answer's one number.
 * @throws VideorftError reward-truth-unreadable when the truth is not one number.
 */
export function scoreRegression(answer: string, truth: string, variant: RegressionVariant = 'paper'): Verdict {
  const read = variant === 'released' ? plainFloat : parseNumber;
  const target = read(truth);
  if (target === undefined) throw truthUnreadable('one number', truth);
  const predicted = read(answer);
  if (predicted === undefined) return wrong('the answer is not one number');
  return { value: relativeAccuracy(predicted, target, variant) };
}
