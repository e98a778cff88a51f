// Parquet files → plain rows, one row group in memory at a time, every compression the format names.
// Leaves out: what the columns mean (ingest/, evaluate/), remote files, writing.
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { VideorftError } from '../base/errors.ts';

export type TableRow = Record<string, unknown>;

export interface ParquetRow {
  /** 1-based. */
  readonly line: number;
  readonly row: TableRow;
}

type Bytes = Awaited<ReturnType<typeof asyncBufferFromFile>>;

/** Names of the top-level columns and the number of rows. Throws `data-unreadable` for what is no whole Parquet file. */
export async function parquetFacts(file: string): Promise<{ columns: string[]; rowCount: number }> {
  const { metadata } = await openParquet(file);
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  return { columns, rowCount: Number(metadata.num_rows) };
}

/**
 * The rows in order. Whole numbers are numbers (text where they exceed 2^53), times ISO text, lists arrays, structs objects;
 * binary columns without a text annotation stay `Uint8Array` (pictures inside the file). Throws `data-unreadable`.
 */
export async function* readParquet(file: string, columns?: readonly string[]): AsyncGenerator<ParquetRow> {
  const { bytes, metadata } = await openParquet(file);
  const wanted = columns ? { columns: [...columns] } : {};
  let line = 0;
  for (const { num_rows } of metadata.row_groups) {
    const [rowStart, rowEnd] = [line, line + Number(num_rows)];
    const range = { rowStart, rowEnd, utf8: false, geoparquet: false };
    const rows = await guarded(file, () =>
      parquetReadObjects({ file: bytes, metadata, compressors, ...wanted, ...range }),
    );
    for (const row of rows) yield { line: ++line, row: plain(row) as TableRow };
  }
}

async function openParquet(file: string): Promise<{ bytes: Bytes; metadata: FileMetaData }> {
  return guarded(file, async () => {
    const bytes = await asyncBufferFromFile(file);
    return { bytes, metadata: await parquetMetadataAsync(bytes) };
  });
}

async function guarded<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new VideorftError(`Cannot read the Parquet file ${file}.`, {
      code: 'data-unreadable',
      facts: { file },
      fix: 'Download or write the file again; a Parquet file begins and ends with PAR1.',
      cause,
    });
  }
}

/** What JSON can hold, but for bytes. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
