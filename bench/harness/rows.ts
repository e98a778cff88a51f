// What a bench reports: rows of ours against the peer's, as a table for people and as one line of JSON for programs.

/** A bar on the ratio ours ÷ peer's. */
export interface Bar {
  readonly kind: 'at most' | 'at least';
  readonly value: number;
}

export interface Row {
  readonly what: string;
  readonly ours: number | null;
  readonly peer: number | null;
  readonly unit: string;
  /** ours ÷ peer's; null where there is no peer. */
  readonly ratio: number | null;
  readonly bar: string | null;
  /** Whether the bar holds; null where there is none. */
  readonly holds: boolean | null;
}

/** A row and what only the table shows beside it. */
export interface TableRow extends Row {
  readonly note?: string;
}

interface RowInput {
  readonly what: string;
  readonly ours: number | null;
  readonly peer?: number | null;
  readonly unit: string;
  readonly bar?: Bar;
  readonly note?: string;
}

/** A comparison: the bar is on ours ÷ peer's. A ratio that cannot be formed does not hold. */
export function rowOf({ what, ours, peer = null, unit, bar, note }: RowInput): TableRow {
  const ratio = ours === null || peer === null ? null : ours / peer;
  return { what, ours, peer, unit, ratio, ...judged(bar, ratio), note };
}

/** A value of ours that has a bar of its own, such as a distance between results. */
export function valueRow({ what, ours, unit, bar, note }: Omit<RowInput, 'peer'>): TableRow {
  return { what, ours, peer: null, unit, ratio: null, ...judged(bar, ours), note };
}

function judged(bar: Bar | undefined, value: number | null): Pick<Row, 'bar' | 'holds'> {
  if (!bar) return { bar: null, holds: null };
  const holds = value !== null && (bar.kind === 'at most' ? value <= bar.value : value >= bar.value);
  return { bar: `${bar.kind === 'at most' ? '≤' : '≥'} ${bar.value}`, holds };
}

/** At most four significant digits. */
export function number(value: number | null): string {
  if (value === null) return '';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

const COLUMNS = ['what', 'ours', 'peer', 'unit', 'ratio', 'bar', 'holds', ''] as const;

/** The rows as aligned text. */
export function formatTable(rows: readonly TableRow[]): string {
  const holds = (r: Row) => (r.holds === null ? '' : r.holds ? 'yes' : 'NO');
  const cells = rows.map((r) => [
    r.what,
    number(r.ours),
    number(r.peer),
    r.unit,
    r.ratio === null ? '' : r.ratio.toFixed(3),
    r.bar ?? '',
    holds(r),
    r.note ?? '',
  ]);
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...cells.map((c) => c[i].length)));
  const line = (c: readonly string[]) =>
    c
      .map((text, i) => (i > 0 && i < 3 ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(COLUMNS), line(widths.map((w) => '-'.repeat(w))), ...cells.map(line)].join('\n');
}

/** The line that ends the output with --json. */
export function jsonLine(bench: string, machine: unknown, rows: readonly TableRow[]): string {
  const bare = rows.map(({ what, ours, peer, unit, ratio, bar, holds }) => {
    return { what, ours, peer, unit, ratio, bar, holds };
  });
  return JSON.stringify({ bench, machine, rows: bare });
}
