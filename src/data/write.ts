// Samples → files that the published data sets' tools read: the same field names in the same order, extra fields after them.
import { writeFileAtomic } from '../base/atomic.ts';
import type { Sample } from './sample.ts';

const ROWS_PER_PIECE = 2000;

/** A sample as a row: published fields first and always there (options [], process '', data_source '' where unknown). */
export function toRow(sample: Sample): Record<string, unknown> {
  const { problem_id, problem, data_type, problem_type, options, process, solution, path, data_source, ...extra } =
    sample;
  return {
    problem_id,
    problem,
    data_type,
    problem_type,
    options: options ?? [],
    process: process ?? '',
    solution,
    path,
    data_source: data_source ?? '',
    ...extra,
  };
}

const wellFormed = (_: string, value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);

/**
 * A row as one line of JSON. Half a surrogate pair (an emoji that was cut) becomes U+FFFD: JavaScript would write it as an escape
 * that other readers refuse, and the `datasets` library with it the whole file.
 */
export function toLine(row: object): string {
  const line = JSON.stringify(row);
  return line.includes('\\ud') ? JSON.stringify(row, wellFormed) : line;
}

/** Writes the whole file or nothing: one JSON array for a name ending in .json, JSON lines otherwise. */
export async function writeSamples(file: string, samples: readonly Sample[]): Promise<void> {
  const asArray = file.endsWith('.json');
  const lines = samples.map((sample) => toLine(toRow(sample)));
  const separator = asArray ? ',\n' : '\n';
  const pieces: string[] = [];
  for (let at = 0; at < lines.length; at += ROWS_PER_PIECE) {
    const last = at + ROWS_PER_PIECE >= lines.length;
    pieces.push(lines.slice(at, at + ROWS_PER_PIECE).join(separator) + (last ? '\n' : separator));
  }
  await writeFileAtomic(file, ...(asArray ? ['[\n', ...pieces, ']\n'] : pieces));
}
