// Rows → scores with 95% intervals, clustered by video: all, per benchmark, per group (category, duration, task, skill) and per answer type,
// as data. Errors are in no score; refusals, truncations and outputs without an answer score 0 and are counted beside it, so that none is
// silently wrong. Leaves out: printing (table-text.ts), comparing runs (paired.ts).
import { accuracyInterval, type GroupedValue, type Interval, mean, meanOfGroups } from '../report/index.ts';
import type { EvaluatedRow } from './row.ts';
import type { Outcome } from './scoring/scoring.ts';

export interface AccuracyRow {
  /** 'all', 'benchmark mmvu', 'category Biology', 'type OCR'. */
  readonly group: string;
  /** Questions: right, partial and wrong ones + unanswered + refused + truncated + errors. */
  readonly n: number;
  readonly errors: number;
  readonly refused: number;
  readonly truncated: number;
  readonly unanswered: number;
  /** Under the run's scoring, over the n − errors that were asked; null where there are none. */
  readonly accuracy: Interval | null;
  readonly strict: Interval | null;
  readonly lenient: Interval | null;
  readonly format: number | null;
  /** Mean R_s of the answers it was measured for. */
  readonly semantic: number | null;
}

/** A benchmark whose headline is the mean over answer types, however many questions each has. */
const meanOfTypes = new Set(['vsibench']);

const counted = (rows: readonly EvaluatedRow[], outcome: Outcome) =>
  rows.filter((row) => row.outcome === outcome && row.error === null).length;

function rowOf(group: string, rows: readonly EvaluatedRow[], headline = false): AccuracyRow {
  const asked = rows.filter((row) => row.error === null);
  const interval = (field: 'score' | 'strict' | 'lenient') =>
    asked.length > 0 ? accuracyInterval(asked.map((row) => ({ cluster: row.path, value: row[field] }))) : null;
  const semantic = asked.flatMap((row) => row.semantic ?? []);
  return {
    group,
    n: rows.length,
    errors: rows.length - asked.length,
    refused: counted(rows, 'refused'),
    truncated: counted(rows, 'truncated'),
    unanswered: counted(rows, 'unanswered'),
    accuracy: headline && asked.length > 0 ? headlineInterval(asked) : interval('score'),
    strict: interval('strict'),
    lenient: interval('lenient'),
    format: asked.length > 0 ? mean(asked.map((row) => (row.formatOk ? 1 : 0))) : null,
    semantic: semantic.length > 0 ? mean(semantic) : null,
  };
}

/** The mean over the rows; of a benchmark of `meanOfTypes` the mean of its types' means, redrawn as such. */
function headlineInterval(rows: readonly EvaluatedRow[]): Interval {
  const values = rows.map((row) => ({ cluster: row.path, value: row.score, group: row.type }));
  const byType = rows.every(({ benchmark }) => benchmark !== null && meanOfTypes.has(benchmark));
  const isOne = new Set(values.map(({ group }) => group)).size < 2;
  if (!byType || isOne) return accuracyInterval(values);
  // All of one video: no interval, but the mean of types still.
  return meanOfGroups(values) ?? { ...accuracyInterval(values), estimate: meanOfMeans(values) };
}

const meanOfMeans = (values: readonly GroupedValue[]): number =>
  mean([...Map.groupBy(values, ({ group }) => group).values()].map((own) => mean(own.map(({ value }) => value))));

function grouped(
  rows: readonly EvaluatedRow[],
  label: string,
  keyOf: (row: EvaluatedRow) => string | undefined,
  headline = false,
): AccuracyRow[] {
  const byKey = Map.groupBy(rows, keyOf);
  const keys = [...byKey.keys()].filter((key) => key !== undefined).sort();
  return keys.map((key) => rowOf(`${label} ${key}`, byKey.get(key) ?? [], headline));
}

/** All, then benchmarks by their headline, then groups by name, then answer types. */
export function accuracyRows(rows: readonly EvaluatedRow[]): AccuracyRow[] {
  const names = [...new Set(rows.flatMap(({ groups }) => Object.keys(groups)))];
  return [
    rowOf('all', rows),
    ...grouped(rows, 'benchmark', ({ benchmark }) => benchmark ?? undefined, true),
    ...names.flatMap((name) => grouped(rows, name, ({ groups }) => groups[name])),
    ...grouped(rows, 'type', ({ type }) => type),
  ];
}
