// Counts whole numbers (lengths) in constant memory, exactly up to a cap; longer ones are counted together, as of the cap. Leaves out: drawing.
import type { HistogramBin } from './statistics.ts';

/** The longest length that is told apart. */
const CAP = 65_536;

export interface LengthSummary {
  readonly n: number;
  readonly mean: number;
  readonly min: number;
  readonly p5: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  readonly max: number;
}

export interface LengthCounter {
  add(length: number): void;
  /** Null before the first. */
  summary(): LengthSummary | null;
  /** Smallest length that so large a share of all does not exceed. */
  quantile(share: number): number;
  /** `bins` bins of this width from 0 on; longer lengths are in the last. */
  histogram(width: number, bins: number): HistogramBin[];
}

export function createLengthCounter(): LengthCounter {
  const counts = new Uint32Array(CAP + 1);
  let [n, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, 0];
  const quantile = (share: number): number => {
    const rank = Math.max(1, Math.ceil(share * n));
    let seen = 0;
    for (let length = 0; length <= CAP; length++) {
      seen += counts[length];
      if (seen >= rank) return length;
    }
    return max;
  };
  return {
    add(length) {
      counts[Math.min(CAP, length)]++;
      n++;
      sum += length;
      min = Math.min(min, length);
      max = Math.max(max, length);
    },
    quantile,
    summary() {
      if (n === 0) return null;
      const [p5, p25, median, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile);
      return { n, mean: sum / n, min, p5, p25, median, p75, p95, max };
    },
    histogram(width, bins) {
      const found = Array.from({ length: bins }, (_, i) => ({ from: i * width, to: (i + 1) * width, count: 0 }));
      counts.forEach((count, length) => {
        if (count > 0) found[Math.min(bins - 1, Math.floor(length / width))].count += count;
      });
      return found;
    },
  };
}

/** A round width (1, 2 or 5 times a power of ten) by which `bins` bins reach at least `top`. */
export function roundWidth(top: number, bins: number): number {
  const least = Math.max(1, top / bins);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((width) => width >= least - 1e-9) as number;
}
