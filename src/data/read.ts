// Sample files → samples, row by row: a row that fails is set aside with file:line and every reason, never lost; the counts
// add up (total = rows + rejected). Leaves out: whether the media exist (media-root.ts).
import type { z } from 'zod';
import { VideorftError } from '../base/errors.ts';
import { type RawRecord, readJsonRecords } from './records.ts';
import { type Sample, sampleSchema } from './sample.ts';

export interface LocatedSample {
  readonly sample: Sample;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export interface RejectedRow {
  readonly file: string;
  readonly line: number;
  readonly reasons: readonly string[];
  /** The row as it was: parsed where it parses, else its text. */
  readonly row: unknown;
}

export interface ReadResult {
  readonly rows: readonly LocatedSample[];
  readonly rejected: readonly RejectedRow[];
  /** rows + rejected. */
  readonly total: number;
}

/** Reads one or more .json, .jsonl or .gz files, in order. Throws `data-unreadable` for a file that cannot be opened. */
export async function readSamples(files: string | readonly string[]): Promise<ReadResult> {
  const rows: LocatedSample[] = [];
  const rejected: RejectedRow[] = [];
  for (const file of typeof files === 'string' ? [files] : files) {
    for await (const record of readJsonRecords(file)) {
      const { reasons, sample } = check(record);
      if (sample) rows.push({ sample, file, line: record.line });
      else rejected.push({ file, line: record.line, reasons, row: record.value });
    }
  }
  return { rows, rejected, total: rows.length + rejected.length };
}

/** All samples of the files; throws `data-invalid-row` with file:line if any row fails, for stages that must see them all. */
export async function loadSamples(files: string | readonly string[]): Promise<Sample[]> {
  const { rows, rejected, total } = await readSamples(files);
  if (rejected.length === 0) return rows.map(({ sample }) => sample);
  const [{ file, line, reasons }] = rejected;
  throw new VideorftError(`${rejected.length} of ${total} rows are not samples; the first is ${file}:${line}.`, {
    code: 'data-invalid-row',
    facts: { file, line, reasons: reasons.join('; ') },
    fix: 'Correct or remove these rows; videorft curate sets them aside by itself.',
  });
}

function check({ value, broken }: RawRecord): { reasons: string[]; sample?: Sample } {
  if (broken !== undefined) return { reasons: [broken] };
  const result = sampleSchema.safeParse(value);
  if (result.success) return { reasons: [], sample: result.data };
  return { reasons: result.error.issues.map(reasonOfIssue) };
}

const reasonOfIssue = ({ path, message }: z.core.$ZodIssue): string => `${path.join('.') || 'row'}: ${message}`;
