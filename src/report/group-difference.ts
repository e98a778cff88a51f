// Difference of the means of two groups of rows with its interval, whole clusters redrawn: for groups that are not the same questions, so that
// nothing can be paired. Leaves out: paired differences (bootstrap.ts).
import { createRng } from '../base/rng.ts';
import type { BootstrapOptions, ClusteredValue } from './bootstrap.ts';
import { type Interval, mean, percentileOfSorted } from './statistics.ts';

export interface GroupedValue extends ClusteredValue {
  readonly inGroup: boolean;
}

/** Per cluster: sum and count inside the group, sum and count outside. */
function totals(rows: readonly GroupedValue[]): number[][] {
  const byCluster = new Map<string, number[]>();
  const sorted = [...rows].sort((a, b) => (a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : a.value - b.value));
  for (const { cluster, value, inGroup } of sorted) {
    const entry = byCluster.get(cluster) ?? [0, 0, 0, 0];
    const at = inGroup ? 0 : 2;
    entry[at] += value;
    entry[at + 1] += 1;
    byCluster.set(cluster, entry);
  }
  return [...byCluster.values()];
}

/**
 * mean(in the group) − mean(outside) with a percentile interval; resamples in which one side has no row are drawn again.
 * Undefined where a side has no row, or all rows are of one cluster.
 */
export function groupDifference(rows: readonly GroupedValue[], options: BootstrapOptions = {}): Interval | undefined {
  const { level = 0.95, resamples = 2000, seed = 0 } = options;
  const [inside, outside] = [rows.filter((row) => row.inGroup), rows.filter((row) => !row.inGroup)];
  const clusters = totals(rows);
  if (inside.length === 0 || outside.length === 0 || clusters.length < 2) return undefined;
  const rng = createRng(seed).fork('group-difference');
  const differences = new Float64Array(resamples);
  for (let r = 0; r < resamples; ) {
    const sum = [0, 0, 0, 0];
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = clusters[rng.int(clusters.length)];
      for (let k = 0; k < 4; k++) sum[k] += cluster[k];
    }
    if (sum[1] > 0 && sum[3] > 0) differences[r++] = sum[0] / sum[1] - sum[2] / sum[3];
  }
  differences.sort();
  const tail = (1 - level) / 2;
  return {
    estimate: mean(inside.map(({ value }) => value)) - mean(outside.map(({ value }) => value)),
    low: percentileOfSorted(differences, tail),
    high: percentileOfSorted(differences, 1 - tail),
    level,
    n: rows.length,
  };
}
