// Rows → a Parquet file, a row group in memory at a time; whole or not there. The columns are fixed before the first row.
// Leaves out: which columns a data set has (curate/dataset/), and reading (parquet.ts).
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { AtomicFile } from '../base/atomic.ts';

/** A list of records with these fields of text, and of whole numbers. */
export interface RecordsKind {
  readonly records: readonly string[];
  readonly integers?: readonly string[];
}

/** `texts`: a list of text. Null and undefined are absent values. */
export type ParquetKind = 'integer' | 'text' | 'texts' | RecordsKind;

export interface ParquetColumn {
  readonly name: string;
  readonly kind: ParquetKind;
}

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

export interface ParquetSink {
  write(rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** Writes what is left and the footer. The file is not yet in its place: that is `file.commit()`. */
  finish(): Promise<void>;
}

/** Rows of chains of thought are 3 to 10 kB: a row group is 3 to 10 MB before compression. */
const ROWS_PER_GROUP = 1000;

const text = (name: string, required: boolean): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
  repetition_type: required ? 'REQUIRED' : 'OPTIONAL',
});

const integer = (name: string, required: boolean): SchemaElement => ({
  name,
  type: 'INT64',
  repetition_type: required ? 'REQUIRED' : 'OPTIONAL',
});

const list = (name: string, elements: readonly SchemaElement[]): SchemaElement[] => [
  {
    name,
    num_children: 1,
    converted_type: 'LIST',
    logical_type: { type: 'LIST' },
    repetition_type: 'OPTIONAL',
  },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  ...elements,
];

function elementsOf({ name, kind }: ParquetColumn): SchemaElement[] {
  if (kind === 'integer') return [integer(name, false)];
  if (kind === 'text') return [text(name, false)];
  if (kind === 'texts') return list(name, [text('element', true)]);
  const { records, integers = [] } = kind;
  const fields = [...records.map((field) => text(field, true)), ...integers.map((field) => integer(field, true))];
  return list(name, [{ name: 'element', num_children: fields.length, repetition_type: 'REQUIRED' }, ...fields]);
}

function cellOf(value: unknown, kind: ParquetKind): unknown {
  if (value === null || value === undefined) return null;
  if (kind === 'integer') return BigInt(value as number);
  if (typeof kind !== 'object' || !kind.integers) return value;
  const big = (record: Record<string, unknown>) =>
    Object.fromEntries((kind.integers ?? []).map((field) => [field, BigInt(record[field] as number)]));
  return (value as Record<string, unknown>[]).map((record) => ({ ...record, ...big(record) }));
}

/** A Parquet file (Snappy) that is written into `file`. */
export function createParquetSink(file: AtomicFile, columns: readonly ParquetColumn[]): ParquetSink {
  const buffer = new ByteWriter(1 << 20);
  const root: SchemaElement = { name: 'schema', num_children: columns.length };
  const writer = new ParquetWriter({
    writer: buffer,
    schema: [root, ...columns.flatMap(elementsOf)],
    createdBy: 'videorft',
  });
  const rows: Readonly<Record<string, unknown>>[] = [];
  const flush = async () => {
    await file.write(new Uint8Array(buffer.buffer.slice(0, buffer.index)));
    buffer.index = 0;
  };
  const writeGroup = async (group: readonly Readonly<Record<string, unknown>>[]) => {
    const columnData = columns.map(({ name, kind }) => ({ name, data: group.map((row) => cellOf(row[name], kind)) }));
    await writer.write({ columnData, rowGroupSize: group.length });
    await flush();
  };
  return {
    async write(more) {
      for (const row of more) {
        rows.push(row);
        if (rows.length === ROWS_PER_GROUP) await writeGroup(rows.splice(0));
      }
    },
    async finish() {
      if (rows.length > 0) await writeGroup(rows.splice(0));
      await writer.finish();
      await flush();
    },
  };
}
