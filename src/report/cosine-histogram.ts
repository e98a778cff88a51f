// Counts cosines in equal bins over [-1, 1], in constant memory. An edge belongs to the bin above it.
import type { HistogramBin } from './statistics.ts';

/** Float noise may carry a cosine just below an edge that it is on. */
const NOISE = 1e-6;

export function createCosineHistogram(binsPerUnit = 20) {
  const counts = new Array<number>(2 * binsPerUnit).fill(0);
  const edge = (i: number) => Number((i / binsPerUnit - 1).toFixed(4));
  let n = 0;
  return {
    add(cosine: number): void {
      n++;
      const at = Math.floor((cosine + 1) * binsPerUnit + NOISE);
      // Noise may carry it past 1 as well, and equal texts belong into the last bin.
      counts[Math.min(counts.length - 1, Math.max(0, at))]++;
    },
    /** Empty where nothing was added. */
    result: (): HistogramBin[] =>
      n === 0 ? [] : counts.map((count, i) => ({ from: edge(i), to: edge(i + 1), count })),
  };
}
