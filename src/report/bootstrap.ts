// Intervals by resampling: a cluster bootstrap of a mean, and of a paired difference on the same rows.
// Why clusters: several questions share one video, so their errors are not independent; whole videos are redrawn.
// Leaves out: closed forms (statistics.ts). Seeded: the same rows and seed give the same interval.
import { VideorftError } from '../base/errors.ts';
import { createRng } from '../base/rng.ts';
import { type Interval, percentileOfSorted, wilsonInterval } from './statistics.ts';

/** One value of one row; rows of equal `cluster` (the video's path) are drawn together. */
export interface ClusteredValue {
  readonly cluster: string;
  readonly value: number;
}

export interface BootstrapOptions {
  /** Default 0.95. */
  readonly level?: number;
  /** Default 2000. */
  readonly resamples?: number;
  /** Default 0. */
  readonly seed?: number;
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

/** Sums and counts per cluster, added up in sorted order, so that the order of the rows does not matter to the last bit. */
function clusterSums(rows: readonly ClusteredValue[]): { sums: Float64Array; counts: Float64Array } {
  const byCluster = new Map<string, { sum: number; count: number }>();
  const sorted = [...rows].sort((a, b) => compare(a.cluster, b.cluster) || a.value - b.value);
  for (const { cluster, value } of sorted) {
    if (!Number.isFinite(value)) {
      throw new VideorftError('A bootstrap needs finite values', {
        code: 'statistics-range',
        facts: { cluster, value: String(value) },
      });
    }
    const entry = byCluster.get(cluster) ?? { sum: 0, count: 0 };
    entry.sum += value;
    entry.count += 1;
    byCluster.set(cluster, entry);
  }
  const entries = [...byCluster.values()];
  return { sums: Float64Array.from(entries, (e) => e.sum), counts: Float64Array.from(entries, (e) => e.count) };
}

/**
 * Percentile interval of the mean over rows, clusters redrawn with replacement (Field and Welsh 2007, "cluster bootstrap").
 * Each resample's mean is its sum over its own number of rows. Throws `statistics-empty` for no rows.
 */
export function clusterBootstrap(rows: readonly ClusteredValue[], options: BootstrapOptions = {}): Interval {
  const { level = 0.95, resamples = 2000, seed = 0 } = options;
  if (rows.length === 0) {
    throw new VideorftError('Bootstrap of no rows', {
      code: 'statistics-empty',
      fix: 'Check for zero rows before asking for an interval.',
    });
  }
  const { sums, counts } = clusterSums(rows);
  const rng = createRng(seed).fork('cluster-bootstrap');
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < sums.length; draw++) {
      const k = rng.int(sums.length);
      sum += sums[k];
      count += counts[k];
    }
    means[r] = sum / count;
  }
  means.sort();
  const tail = (1 - level) / 2;
  const estimate = sums.reduce((a, b) => a + b, 0) / rows.length;
  const low = percentileOfSorted(means, tail);
  return { estimate, low, high: percentileOfSorted(means, 1 - tail), level, n: rows.length };
}

/**
 * Interval of an accuracy. The cluster bootstrap, except where every row has the same 0 or 1: resampling then shows no
 * spread at all, and Wilson's interval over the number of clusters (the independent part) takes its place. One cluster tells nothing about others:
 * its interval is everything.
 */
export function accuracyInterval(rows: readonly ClusteredValue[], options: BootstrapOptions = {}): Interval {
  const interval = clusterBootstrap(rows, options);
  const clusters = new Set(rows.map((row) => row.cluster)).size;
  if (clusters < 2) return { ...interval, low: 0, high: 1 };
  const first = rows[0].value;
  if ((first !== 0 && first !== 1) || rows.some((row) => row.value !== first)) return interval;
  return { ...wilsonInterval(first * clusters, clusters, interval.level), n: rows.length };
}

/** A score of one row by one model; `key` says which question it is. */
export interface KeyedValue extends ClusteredValue {
  readonly key: string;
}

function byKey(rows: readonly KeyedValue[], side: string): Map<string, KeyedValue> {
  const map = new Map(rows.map((row) => [row.key, row]));
  if (map.size === rows.length) return map;
  throw new VideorftError('A paired comparison needs each question once', {
    code: 'statistics-unpaired',
    facts: { side, rows: rows.length, questions: map.size },
    fix: 'Remove the repeated rows, or put the seed into the key when pooling runs.',
  });
}

/**
 * Interval of mean(after) − mean(before) on the same questions, redrawing whole clusters.
 * Throws `statistics-unpaired` when the two sides do not hold the same questions exactly once.
 */
export function pairedBootstrap(
  after: readonly KeyedValue[],
  before: readonly KeyedValue[],
  options: BootstrapOptions = {},
): Interval {
  const afterByKey = byKey(after, 'after');
  const beforeByKey = byKey(before, 'before');
  const missing = [...afterByKey.keys()].find((key) => !beforeByKey.has(key));
  if (missing !== undefined || afterByKey.size !== beforeByKey.size) {
    throw new VideorftError('A paired comparison needs the same questions on both sides', {
      code: 'statistics-unpaired',
      facts: { after: after.length, before: before.length, missing },
      fix: 'Evaluate both models on the same rows, or compare only their intersection and say so.',
    });
  }
  const differences = after.map(({ key, cluster, value }) => ({ cluster, value: value - beforeByKey.get(key)!.value }));
  return clusterBootstrap(differences, options);
}
