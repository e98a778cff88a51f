// CSV and TSV files → records by the names in their first line. A line of another width, or with a quote that never closes, is a
// broken record and spoils no other.
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import type { RawRecord } from './records.ts';
import type { OnBytes } from './rows.ts';

/** Characters of a record; one stray quote must not pull the rest of a large file into memory. */
const MAX_RECORD = 8 << 20;

/** Yields the records in order. Rejects with the file system's error where the file cannot be read. */
export async function* readCsv(file: string, onBytes: OnBytes = () => undefined): AsyncGenerator<RawRecord> {
  const found: RawRecord[] = [];
  let last = 1;
  const broken = (error: CsvError): RawRecord => {
    const open = error.code === 'CSV_QUOTE_NOT_CLOSED';
    last = open ? last + 1 : (error.lines as number);
    const why = open ? 'a quote opens and never closes, so the rest of the file belongs to it' : error.message;
    return { line: last, broken: `not a record: ${why}` };
  };
  const parser = parse({
    columns: (names: string[]) => names.map((name, i) => name.trim() || `column ${i + 1}`),
    delimiter: extname(file.replace(/\.gz$/, '')) === '.tsv' ? '\t' : ',',
    bom: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD,
    // The two callbacks come in the order of the file; the stream itself gives records late and skips early.
    on_record: (record: Record<string, string>, { lines }) => {
      found.push({ line: lines - newlinesIn(record), value: record });
      last = lines;
      return record;
    },
    on_skip: (error) => void found.push(broken(error!)),
  });
  const source = createReadStream(file);
  // An error of any part destroys the parser with it, so the loop below meets it.
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), parser, () => undefined);
  else pipeline(source, parser, () => undefined);
  try {
    for await (const _ of parser) {
      onBytes(source.bytesRead);
      yield* found.splice(0);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    found.push(broken(error));
  }
  yield* found;
}

/** A record is found at its last line and named by its first. */
function newlinesIn(record: Record<string, string>): number {
  return Object.values(record).reduce((sum, text) => sum + (text.match(/\n/g)?.length ?? 0), 0);
}
