// Describing numbers: mean, spread, percentiles, histograms, moving averages, and Wilson's interval of a proportion.
// Leaves out: resampling (bootstrap.ts) and drawing (figures.ts). Pure functions; nothing here is random.
import { VideorftError } from '../base/errors.ts';

/** An estimate with its interval; `level` is the confidence, 0.95 unless asked otherwise. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  /** Rows behind the estimate. */
  readonly n: number;
}

export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const empty = (what: string) =>
  new VideorftError(`${what} of no numbers`, {
    code: 'statistics-empty',
    fix: 'Check for zero rows before asking for a statistic.',
  });

/** Arithmetic mean. Throws `statistics-empty` for an empty list: a mean of nothing is not 0. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw empty('Mean');
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Unbiased standard deviation (n − 1); 0 for a single number. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  if (values.length === 1) return 0;
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}

/** Percentile of an ascending list, q in [0, 1], linear between ranks (NumPy's default, Hyndman and Fan's type 7). */
export function percentileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw empty('Percentile');
  if (!(q >= 0 && q <= 1)) {
    throw new VideorftError('A percentile needs q in [0, 1]', { code: 'statistics-range', facts: { q } });
  }
  const rank = q * (sorted.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}

/** Percentile of numbers in any order; see percentileOfSorted. */
export function percentile(values: readonly number[], q: number): number {
  return percentileOfSorted(Float64Array.from(values).sort(), q);
}

/** Inverse of the standard normal distribution, by bisection; p in (0, 1), within 1e-9. */
export function normalQuantile(p: number): number {
  let low = -9;
  let high = 9;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Standard normal distribution function: series for small |x|, continued fraction beyond. */
function normalCdf(x: number): number {
  const z = Math.abs(x);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let k = 1; Math.abs(term) > 1e-17; k++) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return x < 0 ? 0.5 - density * sum : 0.5 + density * sum;
  }
  let fraction = z;
  for (let k = 80; k >= 1; k--) fraction = z + k / fraction;
  return x < 0 ? density / fraction : 1 - density / fraction;
}

/**
 * Wilson's score interval of a proportion (Wilson 1927): honest near 0 and 1, where the normal interval collapses.
 * `successes` of `n` independent trials.
 */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval {
  if (n <= 0) throw empty('Wilson interval');
  if (!(successes >= 0 && successes <= n)) {
    throw new VideorftError('A proportion needs 0 ≤ successes ≤ n', {
      code: 'statistics-range',
      facts: { successes, n },
    });
  }
  const z = normalQuantile(1 - (1 - level) / 2);
  const p = successes / n;
  const scale = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { estimate: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half), level, n };
}

/**
 * Equal bins over [from, to] (default: the values' own range); the last bin includes its right edge.
 * Values outside the range are counted in the first or last bin, so that the counts add up to the number of values.
 */
export function histogram(values: readonly number[], bins: number, range?: readonly [number, number]): HistogramBin[] {
  if (values.length === 0) throw empty('Histogram');
  const low = range ? range[0] : values.reduce((a, b) => Math.min(a, b));
  const top = range ? range[1] : values.reduce((a, b) => Math.max(a, b));
  const high = top > low ? top : low + 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    counts[Math.min(bins - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * bins)))]++;
  }
  const edge = (i: number) => low + ((high - low) * i) / bins;
  return counts.map((count, i) => ({ from: edge(i), to: edge(i + 1), count }));
}

/**
 * Moving average over the `window` (made odd) values around each point. Near the ends, where neighbours are missing on one
 * side, the least-squares line through those that exist is read off instead: a straight line stays itself, and the last
 * value alone does not bend the curve.
 */
export function smooth(values: readonly number[], window: number): number[] {
  const half = Math.max(0, Math.floor(window / 2));
  return values.map((_, i) => {
    const from = Math.max(0, i - half);
    const near = values.slice(from, i + half + 1);
    const centre = (near.length - 1) / 2;
    const average = mean(near);
    let covariance = 0;
    let variance = 0;
    for (let k = 0; k < near.length; k++) {
      covariance += (k - centre) * near[k];
      variance += (k - centre) ** 2;
    }
    return variance === 0 ? average : average + (covariance / variance) * (i - from - centre);
  });
}
