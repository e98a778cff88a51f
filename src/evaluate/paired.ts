// Two runs on the same questions: the difference of their scores with its 95% interval over videos, and how likely a difference at least as
// large is where it has no side. Rows with an error on either side are in neither. Leaves out: where the runs part (diff.ts).
import { createRng } from '../base/rng.ts';
import { type Interval, pairedBootstrap } from '../report/index.ts';
import type { EvaluatedRow } from './row.ts';

export interface Paired {
  /** Mean score of the second run minus that of the first. */
  readonly difference: Interval;
  /** Two-sided, of a permutation test that swaps the runs video by video. */
  readonly p: number;
  /** Questions that only the second, only the first run got a higher score for. */
  readonly better: number;
  readonly worse: number;
  /** Questions that are left out: asked in one run alone, or an error in one. */
  readonly leftOut: number;
}

const FLIPS = 10_000;

/** p of |sum| over random signs of the clusters' sums (10,000 draws, the observed one counted, seeded). */
export function signFlipP(sums: readonly number[], seed = 0): number {
  const observed = Math.abs(sums.reduce((a, b) => a + b, 0));
  const rng = createRng(seed).fork('sign-flip');
  let atLeast = 1;
  for (let i = 0; i < FLIPS; i++) {
    let sum = 0;
    for (const value of sums) sum += rng.next() < 0.5 ? value : -value;
    if (Math.abs(sum) >= observed - 1e-9) atLeast++;
  }
  return atLeast / (FLIPS + 1);
}

/** Compares by question id. Undefined where the runs share no question that both were asked. */
export function pairedComparison(first: readonly EvaluatedRow[], second: readonly EvaluatedRow[]): Paired | undefined {
  const before = new Map(first.filter((row) => row.error === null).map((row) => [row.id, row]));
  const both = second.filter((row) => row.error === null && before.has(row.id));
  if (both.length === 0) return undefined;
  const keyed = (row: EvaluatedRow) => ({ key: row.id, cluster: row.path, value: row.score });
  const differences = both.map((row) => ({ cluster: row.path, value: row.score - (before.get(row.id)?.score ?? 0) }));
  const sums = Map.groupBy(differences, ({ cluster }) => cluster);
  const ids = new Set([...first, ...second].map(({ id }) => id));
  return {
    difference: pairedBootstrap(
      both.map(keyed),
      both.map((row) => ({ ...keyed(row), value: before.get(row.id)?.score ?? 0 })),
    ),
    p: signFlipP([...sums.values()].map((rows) => rows.reduce((sum, { value }) => sum + value, 0))),
    better: differences.filter(({ value }) => value > 0).length,
    worse: differences.filter(({ value }) => value < 0).length,
    leftOut: ids.size - both.length,
  };
}
