// metrics.jsonl: one flat row per step, appended durably and read incrementally by whoever watches the run.
// Leaves out: what the numbers mean (train/, report/).

import { statIfPresent } from '../base/if-present.ts';
import { appendJsonl, rowsIfPresent, streamJsonl, writeJsonl } from '../base/jsonl.ts';
import { log } from '../base/log.ts';

export type MetricValue = number | string | boolean | null;

/** A row describes the step of this number, counted from 0: the row of step s is about the (s + 1)-th update. */
export interface MetricRow {
  readonly step: number;
  readonly [key: string]: MetricValue;
}

/** Where an incremental reader stands; `inode` notices that the file was replaced (a resumed run). */
export interface MetricsCursor {
  readonly offset: number;
  readonly inode: number;
}

export interface MetricsUpdate {
  readonly rows: MetricRow[];
  readonly cursor: MetricsCursor;
  /** The file is another one than before: `rows` starts at its beginning, forget the earlier ones. */
  readonly reset: boolean;
}

/** Numbers that JSON cannot hold become null; each key of that kind is reported once. */
function finite(row: MetricRow, reported: Set<string>): MetricRow {
  const bad = Object.keys(row).filter((key) => typeof row[key] === 'number' && !Number.isFinite(row[key]));
  for (const key of bad.filter((k) => !reported.has(k))) {
    reported.add(key);
    log.warn(`metric ${key} is ${row[key]} at step ${row.step}; stored as null (reported once)`);
  }
  return bad.length === 0 ? row : { ...row, ...Object.fromEntries(bad.map((key) => [key, null])) };
}

export interface Metrics {
  readonly file: string;
  append(row: MetricRow): Promise<void>;
  all(): Promise<MetricRow[]>;
  /** Rows written since `cursor`; without one, all of them. */
  since(cursor?: MetricsCursor): Promise<MetricsUpdate>;
  /** Removes the rows of `step` and later; returns how many. */
  dropFrom(step: number): Promise<number>;
}

export function openMetrics(file: string): Metrics {
  const reported = new Set<string>();
  const all = () => rowsIfPresent<MetricRow>(file);
  return {
    file,
    all,
    append: (row) => appendJsonl(file, finite(row, reported)),
    since: (cursor) => readSince(file, cursor),
    dropFrom: async (step) => {
      const rows = await all();
      const kept = rows.filter((row) => row.step < step);
      if (kept.length < rows.length) await writeJsonl(file, kept);
      return rows.length - kept.length;
    },
  };
}

async function readSince(file: string, cursor?: MetricsCursor): Promise<MetricsUpdate> {
  const found = await statIfPresent(file);
  if (!found) return { rows: [], cursor: { offset: 0, inode: 0 }, reset: cursor !== undefined && cursor.offset > 0 };
  const goesOn = cursor?.inode === found.ino && cursor.offset <= found.size;
  let offset = goesOn ? cursor.offset : 0;
  const rows: MetricRow[] = [];
  for await (const row of streamJsonl<MetricRow>(file, { from: offset })) {
    rows.push(row.value);
    offset = row.end;
  }
  const reset = !goesOn && cursor !== undefined && cursor.offset > 0;
  return { rows, cursor: { offset, inode: found.ino }, reset };
}
