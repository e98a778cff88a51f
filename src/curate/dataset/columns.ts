// The columns of the Parquet form: the published fields, what curation adds, and one column with all else as JSON, for a Parquet file has
// one type per column and rows may bring fields of their own. Pure.
import type { Sample } from '../../data/sample.ts';
import { toRow } from '../../data/write.ts';
import type { ParquetColumn, ParquetKind } from '../../data/write-parquet.ts';

const text = (name: string): ParquetColumn => ({ name, kind: 'text' });
const corrections: ParquetKind = { records: ['claim', 'evidence', 'correction'] };

/** Columns of both data sets; `ids`: whether every problem_id is a whole number. */
const shared = (ids: IdKind): ParquetColumn[] => [
  { name: 'problem_id', kind: ids },
  text('problem'),
  text('data_type'),
  text('problem_type'),
  { name: 'options', kind: 'texts' },
  text('process'),
  text('solution'),
  text('path'),
  text('data_source'),
  text('skill'),
];
const chain: ParquetColumn[] = [
  text('generated_answer'),
  text('draft'),
  { name: 'inconsistencies', kind: corrections },
];
/** What no column holds. */
const rest = text('extra');

export type IdKind = 'integer' | 'text';

/** Numbers where all are whole; else text, as a column has one type. */
export const idKind = (ids: readonly Sample['problem_id'][]): IdKind =>
  ids.every((id) => Number.isSafeInteger(id)) ? 'integer' : 'text';

export const columnsOf = (ids: IdKind, hasChains: boolean): ParquetColumn[] => [
  ...shared(ids),
  ...(hasChains ? chain : []),
  rest,
];

const fits = (value: unknown, kind: ParquetKind): boolean => {
  if (kind === 'integer') return Number.isSafeInteger(value);
  if (kind === 'text') return typeof value === 'string';
  if (!Array.isArray(value)) return false;
  if (kind === 'texts') return value.every((item) => typeof item === 'string');
  return value.every((item) => kind.records.every((field) => typeof item?.[field] === 'string'));
};

/** A sample as a row of these columns. Fields of another type than their column's stay in `extra`, under their name. */
export function parquetRow(sample: Sample, columns: readonly ParquetColumn[]): Record<string, unknown> {
  const { problem_id, ...fields } = toRow(sample);
  const ids = columns[0].kind;
  const row: Record<string, unknown> = { problem_id: ids === 'integer' ? problem_id : String(problem_id) };
  const extra: Record<string, unknown> = {};
  const kinds = new Map(columns.slice(1).map(({ name, kind }) => [name, kind]));
  for (const [name, value] of Object.entries(fields)) {
    const kind = name === rest.name ? undefined : kinds.get(name);
    if (kind !== undefined && fits(value, kind)) row[name] = value;
    else if (value !== undefined) extra[name] = value;
  }
  return Object.keys(extra).length > 0 ? { ...row, [rest.name]: JSON.stringify(extra) } : row;
}
