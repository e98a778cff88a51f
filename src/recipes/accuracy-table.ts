// Evaluation rows → accuracies with 95% intervals, for all questions and by skill and answer type, as data and as a table. Rows with an
// error are a column of their own and in no accuracy. Leaves out: comparing models (report/).
import type { Sample } from '../data/sample.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';
import { accuracyInterval, type Interval, mean } from '../report/index.ts';

export interface AccuracyRow {
  /** 'all', 'skill general', 'type OCR'. */
  readonly group: string;
  /** Questions, those with an error included. */
  readonly n: number;
  readonly errors: number;
  /** Over the n − errors answered; null where there are none. Intervals redraw videos, since questions share them. */
  readonly strict: Interval | null;
  readonly lenient: Interval | null;
  readonly format: number | null;
  /** Mean R_s of the answers it was measured for. */
  readonly semantic: number | null;
}

type Scored = EvaluatedRow & { readonly sample: Sample };

function rowOf(group: string, rows: readonly Scored[]): AccuracyRow {
  const answered = rows.filter((row) => row.error === null);
  const interval = (field: 'strict' | 'lenient') =>
    answered.length > 0 ? accuracyInterval(answered.map((r) => ({ cluster: r.path, value: r[field] }))) : null;
  const semantic = answered.flatMap((row) => row.semantic ?? []);
  return {
    group,
    n: rows.length,
    errors: rows.length - answered.length,
    strict: interval('strict'),
    lenient: interval('lenient'),
    format: answered.length > 0 ? mean(answered.map((row) => (row.formatOk ? 1 : 0))) : null,
    semantic: semantic.length > 0 ? mean(semantic) : null,
  };
}

function grouped(rows: readonly Scored[], label: string, keyOf: (sample: Sample) => string | undefined): AccuracyRow[] {
  const keys = [...new Set(rows.flatMap((row) => keyOf(row.sample) ?? []))].sort();
  return keys.map((key) =>
    rowOf(
      `${label} ${key}`,
      rows.filter((row) => keyOf(row.sample) === key),
    ),
  );
}

/** All, then by skill (where samples name one), then by answer type. `rows` and `samples` in the same order. */
export function accuracyRows(rows: readonly EvaluatedRow[], samples: readonly Sample[]): AccuracyRow[] {
  const scored = rows.map((row, i): Scored => ({ ...row, sample: samples[i] }));
  return [
    rowOf('all', scored),
    ...grouped(scored, 'skill', (sample) => sample.skill),
    ...grouped(scored, 'type', (sample) => sample.problem_type),
  ];
}

const percent = (x: number | null) => (x === null ? '–' : `${(100 * x).toFixed(1)}%`);
const withInterval = (i: Interval | null) =>
  i === null ? '–' : `${percent(i.estimate)} [${(100 * i.low).toFixed(1)}, ${(100 * i.high).toFixed(1)}]`;

/** Lines of aligned columns. */
export function formatAccuracy(rows: readonly AccuracyRow[]): string {
  const cells = [
    ['', 'n', 'errors', 'accuracy [95%]', 'lenient [95%]', 'format', 'R_s'],
    ...rows.map((r) => [
      r.group,
      String(r.n),
      String(r.errors),
      withInterval(r.strict),
      withInterval(r.lenient),
      percent(r.format),
      r.semantic === null ? '–' : r.semantic.toFixed(3),
    ]),
  ];
  const widths = cells[0].map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  return cells
    .map((row) => row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  '))
    .join('\n');
}
