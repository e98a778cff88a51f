// The rows of a sample file with their lines, before anything is known about them: JSON lines, or one JSON array as the
// published data sets have it. Streams, so a file of any size takes the memory of a few rows; .gz is unpacked.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { VideorftError } from '../base/errors.ts';
import { handledElsewhere } from '../base/handled.ts';
import { ArraySplitter, LineSplitter, type RawRow, SPACE, type Splitter } from './row-splitter.ts';

export type { RawRow } from './row-splitter.ts';

const PIECE_BYTES = 1 << 18;
const ARRAY = '['.charCodeAt(0);
const NEWLINE = 10;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Hears, now and then, how many bytes of the file have been read. */
export type OnBytes = (bytesRead: number) => void;

/** Yields the rows in order. Throws `data-unreadable` for a file that cannot be opened or unpacked. */
export async function* readRawRows(file: string, onBytes?: OnBytes): AsyncGenerator<RawRow> {
  let splitter: Splitter | undefined;
  let line = 1;
  let first = true;
  for await (const piece of pieces(file, onBytes)) {
    let at = first && piece.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
    first = false;
    if (!splitter) {
      for (; at < piece.length && SPACE.has(piece[at]); at++) if (piece[at] === NEWLINE) line++;
      if (at === piece.length) continue;
      splitter = piece[at] === ARRAY ? new ArraySplitter(line) : new LineSplitter(line);
    }
    yield* splitter.push(piece.subarray(at));
  }
  if (splitter) yield* splitter.end();
}

async function* pieces(file: string, onBytes: OnBytes = () => undefined): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: PIECE_BYTES });
  try {
    const gunzip = file.endsWith('.gz') ? createGunzip() : undefined;
    const unpacking = gunzip && handledElsewhere(pipeline(source, gunzip)); // by the loop below, which meets the same error
    for await (const piece of (gunzip ?? source) as AsyncIterable<Buffer>) {
      onBytes(source.bytesRead);
      yield piece;
    }
    await unpacking;
  } catch (cause) {
    throw new VideorftError(`Cannot read the sample file ${file}.`, {
      code: 'data-unreadable',
      facts: { file },
      fix: 'Give a .json or .jsonl file of samples (.gz is fine).',
      cause,
    });
  } finally {
    source.destroy();
  }
}
