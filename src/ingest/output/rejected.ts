// A line of rejected.jsonl: where the row stands, why it is not used, what would help, and the row, shortened.
import { basename } from 'node:path';
import { fixes, type Issue } from '../issues.ts';
import type { MediaProblem } from '../probe/book.ts';
import type { Candidate } from '../rows/candidates.ts';

export interface Rejection {
  /** The bin: code of the first reason. */
  readonly code: string;
  readonly reasons: readonly string[];
  readonly fix?: string;
}

export const byIssues = (issues: readonly Issue[]): Rejection => ({
  code: issues[0].code,
  reasons: issues.map(({ reason }) => reason),
  fix: fixes[issues[0].code],
});

export const byMedia = ({ code, reason, fix }: MediaProblem): Rejection => ({ code, reasons: [reason], fix });

export const rejectedLine = ({ source, file, line, row }: Candidate, rejection: Rejection): string =>
  JSON.stringify({ source: source.name, file: basename(file), line, ...rejection, row: shortened(row) });

const LONGEST = 2000;

/** The row without what would make the file of rejected rows as large as the data. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > LONGEST)
    return `${value.slice(0, LONGEST)}… (${value.length} characters)`;
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  if (Array.isArray(value)) return value.slice(0, 100).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
}
