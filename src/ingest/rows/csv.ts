// CSV and TSV files → records by the names in their first line. A line of another width, or with a quote that never closes, is a
// broken record and spoils no other.
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, type Info, parse } from 'csv-parse';
import type { RawRecord } from './records.ts';

/** Characters of a record; one stray quote must not pull the rest of a large file into memory. */
const MAX_RECORD = 8 << 20;

/** Yields the records in order. Rejects with the file system's error where the file cannot be read. */
export async function* readCsv(file: string): AsyncGenerator<RawRecord> {
  const skipped: RawRecord[] = [];
  let line = 2;
  const parser = parse({
    columns: (names: string[]) => names.map((name, i) => name.trim() || `column ${i + 1}`),
    delimiter: extname(file.replace(/\.gz$/, '')) === '.tsv' ? '\t' : ',',
    bom: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD,
  });
  parser.on('skip', (error: CsvError) => {
    skipped.push({ line: error.lines as number, broken: `not a record: ${error.message}` });
  });
  const source = createReadStream(file);
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), parser, () => undefined);
  else pipeline(source, parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: Info }>) {
      yield* skipped.splice(0);
      yield { line, value: record };
      line = info.lines + 1;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    skipped.push({ line, broken: `not a record: ${error.message}` });
  }
  yield* skipped;
}
