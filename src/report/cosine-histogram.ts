// Counts cosines in equal bins over [-1, 1], in constant memory.
import type { HistogramBin } from './statistics.ts';

const BINS = 40;
const edge = (i: number) => (2 * i) / BINS - 1;

export function createCosineHistogram() {
  const counts = new Array<number>(BINS).fill(0);
  let n = 0;
  return {
    add(cosine: number): void {
      n++;
      counts[Math.min(BINS - 1, Math.max(0, Math.floor(((cosine + 1) / 2) * BINS)))]++;
    },
    /** Empty where nothing was added. */
    result: (): HistogramBin[] =>
      n === 0 ? [] : counts.map((count, i) => ({ from: edge(i), to: edge(i + 1), count })),
  };
}
