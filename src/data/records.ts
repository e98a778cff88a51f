// Files of rows in any form → records with their lines, before anything is known about what they hold. Leaves out: what columns mean
// (ingest/, evaluate/).
import { VideorftError } from '../base/errors.ts';
import { readCsv } from './csv.ts';
import { readParquet } from './parquet.ts';
import { type OnBytes, readRawRows } from './rows.ts';

export interface RawRecord {
  /** 1-based line of the file; in Parquet the row's number. */
  readonly line: number;
  /** What was read; the text, where it is broken. */
  readonly value?: unknown;
  /** Why there is no record, although there is something. */
  readonly broken?: string;
}

const form = (file: string): string =>
  /\.(jsonl?|ndjson|csv|tsv|parquet)(?:\.gz)?$/i.exec(file)?.[1].toLowerCase() ?? '';

/** Whether the name is one of a file that holds records. */
export const isRecordFile = (file: string): boolean => form(file) !== '';

/** Whether every record of the file has the same columns. */
export const isTable = (file: string): boolean => ['csv', 'tsv', 'parquet'].includes(form(file));

/** Yields the records of a .json, .jsonl, .csv, .tsv (each also .gz) or .parquet file. Throws `data-unreadable`, `data-format`. */
export function readRecords(file: string, onBytes?: OnBytes): AsyncGenerator<RawRecord> {
  switch (form(file)) {
    case 'json':
    case 'jsonl':
    case 'ndjson':
      return readJsonRecords(file, onBytes);
    case 'csv':
    case 'tsv':
      return guarded(file, readCsv(file, onBytes));
    case 'parquet':
      return readTable(file);
    default:
      throw new VideorftError(`${file} is no file of rows.`, {
        code: 'data-format',
        facts: { file },
        fix: 'Give .json, .jsonl, .csv, .tsv (.gz is fine), .parquet, a folder or hub:owner/name.',
      });
  }
}

/** The records of a JSON array or of JSON lines (also .gz), whatever the file is called. Throws `data-unreadable`. */
export async function* readJsonRecords(file: string, onBytes?: OnBytes): AsyncGenerator<RawRecord> {
  for await (const { line, text, broken } of readRawRows(file, onBytes)) {
    if (broken) yield { line, broken, value: text };
    else yield { line, ...parsed(text) };
  }
}

function parsed(text: string): Pick<RawRecord, 'value' | 'broken'> {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { broken: `not JSON: ${(error as Error).message}`, value: text };
  }
}

async function* readTable(file: string): AsyncGenerator<RawRecord> {
  for await (const { line, row } of readParquet(file)) yield { line, value: row };
}

async function* guarded(file: string, records: AsyncGenerator<RawRecord>): AsyncGenerator<RawRecord> {
  try {
    yield* records;
  } catch (cause) {
    throw new VideorftError(`Cannot read the file of rows ${file}.`, {
      code: 'data-unreadable',
      facts: { file },
      fix: 'Check the path, and that the file is whole.',
      cause,
    });
  }
}
