// Scores as lines of aligned columns. Leaves out: computing them (table.ts, paired.ts).
import type { Interval } from '../report/index.ts';
import type { Several } from './several.ts';
import type { AccuracyRow } from './table.ts';

const percent = (x: number | null) => (x === null ? '–' : `${(100 * x).toFixed(1)}%`);

/** "41.2% [38.0, 44.4]", a dash for nothing. */
export const withInterval = (i: Interval | null): string =>
  i === null ? '–' : `${percent(i.estimate)} [${(100 * i.low).toFixed(1)}, ${(100 * i.high).toFixed(1)}]`;

/** The first column to the left, numbers to the right. */
export function columns(cells: readonly (readonly string[])[]): string {
  const widths = cells[0].map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  return cells
    .map((row) => row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  '))
    .join('\n');
}

export function formatAccuracy(rows: readonly AccuracyRow[]): string {
  const head = [
    '',
    'n',
    'errors',
    'refused',
    'cut off',
    'no answer',
    'accuracy [95%]',
    'lenient [95%]',
    'format',
    'R_s',
  ];
  const cells = rows.map((r) => [
    r.group,
    ...[r.n, r.errors, r.refused, r.truncated, r.unanswered].map(String),
    withInterval(r.accuracy),
    withInterval(r.lenient),
    percent(r.format),
    r.semantic === null ? '–' : r.semantic.toFixed(3),
  ]);
  return columns([head, ...cells]);
}

/** "8 answers to each of 40 questions: mean 41.2% […], maj@8 …, pass@1 …". */
export function formatSeveral({ k, questions, errors, mean, majority, pass }: Several): string {
  const passes = pass.map(({ of, interval, questions: n }) => {
    const over = n < questions ? ` of ${n}` : '';
    return `pass@${of} ${withInterval(interval)}${over}`;
  });
  const without = errors > 0 ? ` (${errors} more without any)` : '';
  const scores = [`mean ${withInterval(mean)}`, `maj@${k} ${withInterval(majority)}`, ...passes];
  return `${k} answers to each of ${questions} questions${without}: ${scores.join(', ')}`;
}
