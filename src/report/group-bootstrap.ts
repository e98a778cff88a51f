// Intervals of what compares groups of rows that no question pairs: the difference of two groups' means, and the mean of groups' means. Whole
// clusters are redrawn. Leaves out: one mean, paired differences (bootstrap.ts).
import { createRng } from '../base/rng.ts';
import type { BootstrapOptions, ClusteredValue } from './bootstrap.ts';
import { type Interval, mean, percentileOfSorted } from './statistics.ts';

export interface GroupedValue extends ClusteredValue {
  readonly group: string;
}

/** Per cluster: sum of each group, then count of each group. In sorted order, so that the order of the rows does not matter to the last bit. */
function clusterTotals(rows: readonly GroupedValue[], groups: readonly string[]): Float64Array[] {
  const byCluster = new Map<string, Float64Array>();
  const sorted = [...rows].sort((a, b) => (a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : a.value - b.value));
  for (const { cluster, value, group } of sorted) {
    const entry = byCluster.get(cluster) ?? new Float64Array(2 * groups.length);
    const at = groups.indexOf(group);
    entry[at] += value;
    entry[groups.length + at] += 1;
    byCluster.set(cluster, entry);
  }
  return [...byCluster.values()];
}

/**
 * Percentile interval of a statistic of the groups' means, in the order of `groups`; a resample in which a group has no row is drawn again.
 * Undefined where a group has no row, or all rows are of one cluster.
 */
function groupBootstrap(
  rows: readonly GroupedValue[],
  groups: readonly string[],
  statistic: (means: readonly number[]) => number,
  { level = 0.95, resamples = 2000, seed = 0 }: BootstrapOptions,
): Interval | undefined {
  const own = groups.map((name) => rows.filter(({ group }) => group === name));
  const clusters = clusterTotals(rows, groups);
  if (own.some(({ length }) => length === 0) || clusters.length < 2) return undefined;
  const rng = createRng(seed).fork('group-bootstrap');
  const values = new Float64Array(resamples);
  for (let r = 0; r < resamples; ) {
    const total = new Float64Array(2 * groups.length);
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = clusters[rng.int(clusters.length)];
      for (let k = 0; k < total.length; k++) total[k] += cluster[k];
    }
    const counts = total.subarray(groups.length);
    if (counts.every((count) => count > 0)) values[r++] = statistic(groups.map((_, k) => total[k] / counts[k]));
  }
  values.sort();
  const tail = (1 - level) / 2;
  return {
    estimate: statistic(own.map((inGroup) => mean(inGroup.map(({ value }) => value)))),
    low: percentileOfSorted(values, tail),
    high: percentileOfSorted(values, 1 - tail),
    level,
    n: rows.length,
  };
}

/** mean(of group a) − mean(of group b). Undefined where one has no row, or all are of one cluster. */
export const groupDifference = (
  rows: readonly GroupedValue[],
  a: string,
  b: string,
  options: BootstrapOptions = {},
): Interval | undefined => groupBootstrap(rows, [a, b], ([of, from]) => of - from, options);

/** The mean of the groups' means, each group counting alike. Undefined where all rows are of one cluster. */
export const meanOfGroups = (rows: readonly GroupedValue[], options: BootstrapOptions = {}): Interval | undefined =>
  groupBootstrap(rows, [...new Set(rows.map(({ group }) => group))].sort(), mean, options);
