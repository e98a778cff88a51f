// The rows of a sample file with their lines, before anything is known about them: JSON lines, or one JSON array as the
// published data sets have it. Works on bytes, so files beyond the longest string are fine; .gz is unpacked.
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { VideorftError } from '../base/errors.ts';

export interface RawRow {
  /** 1-based line on which the row starts. */
  readonly line: number;
  readonly text: string;
  /** Why this cannot be a row although there is text: the file ends inside it. */
  readonly broken?: string;
}

const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [10, 34, 92, 44];
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);
const SPACE = new Set([9, 10, 13, 32]);

export async function readRawRows(file: string): Promise<Iterable<RawRow>> {
  const bytes = await readBytes(file);
  const first = firstByte(bytes);
  return first === 91 ? arrayRows(bytes) : lineRows(bytes);
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    const bytes = await readFile(file);
    return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  } catch (cause) {
    throw new VideorftError(`Cannot read the sample file ${file}.`, {
      code: 'data-unreadable',
      facts: { file },
      fix: 'Give a .json or .jsonl file of samples (.gz is fine).',
      cause,
    });
  }
}

function firstByte(bytes: Buffer): number | undefined {
  let at = bytes[0] === 0xef ? 3 : 0; // UTF-8 byte order mark
  while (SPACE.has(bytes[at])) at++;
  return bytes[at];
}

function* lineRows(bytes: Buffer): Iterable<RawRow> {
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const text = bytes
      .toString('utf8', start, end)
      .replace(/^\uFEFF/, '')
      .trim();
    if (text !== '') yield { line, text };
    start = end + 1;
  }
}

/** The elements of a top-level array, found by counting brackets outside strings; one broken element spoils no other. */
function* arrayRows(bytes: Buffer): Iterable<RawRow> {
  let [depth, line, start, startLine] = [0, 1, -1, 1];
  let inString = false;
  for (let at = bytes.indexOf(91); at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === NEWLINE) line++;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    const closing = CLOSING.has(byte);
    if (depth === 1 && start >= 0 && (byte === COMMA || closing)) {
      yield { line: startLine, text: bytes.toString('utf8', start, at).trim() };
      start = -1;
    } else if (depth === 1 && start < 0 && byte !== COMMA && !closing && !SPACE.has(byte)) {
      [start, startLine] = [at, line];
    }
    if (byte === QUOTE) inString = true;
    if (OPENING.has(byte)) depth++;
    if (closing && --depth === 0) return;
  }
  const text = start < 0 ? '' : bytes.toString('utf8', start).trim();
  yield { line: start < 0 ? line : startLine, text, broken: 'the file ends before its array is closed' };
}
