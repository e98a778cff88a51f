// JSON lines: durable append, and reading that names file:line and survives a torn last line (a process killed while
// it wrote). Leaves out: several processes appending to one file; one process owns a file.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { writeFileAtomic } from './atomic.ts';
import { VideorftError } from './errors.ts';
import { statIfPresent } from './if-present.ts';

const NEWLINE = 10;

/** A last line without its newline that is not JSON: the rest of an interrupted write. */
export interface TornLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface JsonlRow<T> {
  readonly value: T;
  /** 1-based. */
  readonly line: number;
  /** Byte offset just after this line: where an incremental reader goes on. */
  readonly end: number;
}

export interface ReadOptions<T> {
  /** Turns the parsed JSON into a row, for example a zod schema's `parse`; what it throws is reported with file:line. */
  readonly parse?: (value: unknown) => T;
  /** Called for a torn last line, which is left out. Default: ignored. */
  readonly onTorn?: (torn: TornLine) => void;
  /** Byte offset of the first line to read (a former row's `end`); `line` then counts from there. */
  readonly from?: number;
}

interface Waiting {
  readonly line: string;
  readonly fsync: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Lines that wait for the write in progress, by absolute path; they then go out together (one write, one fsync). */
const queues = new Map<string, Waiting[]>();

/**
 * Appends one JSON object as a line; resolves when it is on disk (fsync, unless switched off). Calls for one file keep
 * their order; those made during a write share the next one. A torn last line of an earlier process is removed first.
 */
export function appendJsonl(path: string, value: object, { fsync = true } = {}): Promise<void> {
  const file = resolve(path);
  return new Promise((done, reject) => {
    const waiting: Waiting = { line: `${JSON.stringify(value)}\n`, fsync, resolve: done, reject };
    const queue = queues.get(file);
    if (queue) return void queue.push(waiting);
    const fresh = [waiting];
    queues.set(file, fresh);
    void drain(file, fresh);
  });
}

async function drain(file: string, queue: Waiting[]): Promise<void> {
  await Promise.resolve();
  while (queue.length > 0) {
    const batch = queue.splice(0);
    try {
      await appendLines(
        file,
        batch.map((w) => w.line),
        batch.some((w) => w.fsync),
      );
      for (const w of batch) w.resolve();
    } catch (error) {
      for (const w of batch) w.reject(error);
    }
  }
  queues.delete(file);
}

async function appendLines(file: string, lines: readonly string[], fsync: boolean): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+');
  try {
    await healTail(handle);
    await handle.writeFile(lines.join(''));
    if (fsync) await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** If the file does not end in a newline: completes a whole last object, cuts off a torn one. */
async function healTail(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  if (last[0] === NEWLINE) return;
  let tail = Buffer.alloc(0);
  while (tail.length < size && !tail.includes(NEWLINE)) {
    tail = Buffer.alloc(Math.min(size, tail.length * 2 + 4096));
    await handle.read(tail, 0, tail.length, size - tail.length);
  }
  const rest = tail.subarray(tail.lastIndexOf(NEWLINE) + 1);
  if (parseable(rest.toString('utf8'))) await handle.writeFile('\n');
  else await handle.truncate(size - rest.length);
}

function parseable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Yields the rows of a file one by one. Empty lines are skipped. Throws code 'jsonl-parse' with file:line for a line
 * that is not JSON or that `parse` refuses, and 'jsonl-missing' if there is no such file.
 */
export async function* streamJsonl<T = unknown>(
  path: string,
  options: ReadOptions<T> = {},
): AsyncGenerator<JsonlRow<T>> {
  const { onTorn, from = 0 } = options;
  if (!(await statIfPresent(path))) {
    throw new VideorftError('there is no such file', { code: 'jsonl-missing', facts: { file: path } });
  }
  let line = 0;
  for await (const { text, end, whole } of streamLines(path, from)) {
    line++;
    if (text.trim() === '') continue;
    if (!whole && !parseable(text)) return onTorn?.({ file: path, line, text });
    yield { value: parseLine(text, path, line, options), line, end };
  }
}

export interface FileLine {
  readonly text: string;
  /** Byte offset just after it. */
  readonly end: number;
  /** Whether it ends in a newline. */
  readonly whole: boolean;
}

/** The lines of a file, empty ones too, as they are: nothing is parsed. */
export async function* streamLines(path: string, from = 0): AsyncGenerator<FileLine> {
  const pieces: Buffer[] = [];
  let end = from;
  for await (const chunk of createReadStream(path, { start: from }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, at));
      const bytes = Buffer.concat(pieces.splice(0));
      end += bytes.length + 1;
      start = at + 1;
      yield { text: bytes.toString('utf8'), end, whole: true };
    }
    pieces.push(chunk.subarray(start));
  }
  const rest = Buffer.concat(pieces);
  if (rest.length > 0) yield { text: rest.toString('utf8'), end: end + rest.length, whole: false };
}

function parseLine<T>(text: string, file: string, line: number, { parse }: ReadOptions<T>): T {
  try {
    const value: unknown = JSON.parse(text);
    return parse ? parse(value) : (value as T);
  } catch (cause) {
    throw new VideorftError(`${file}:${line} is not a valid row`, {
      code: 'jsonl-parse',
      facts: { file, line, begins: text.slice(0, 80) },
      fix: 'correct or delete this line',
      cause,
    });
  }
}

/** All rows of a file, and its torn last line if it has one. Errors as for `streamJsonl`. */
export async function readJsonl<T = unknown>(
  path: string,
  parse?: (value: unknown) => T,
): Promise<{ rows: T[]; torn: TornLine | undefined }> {
  let torn: TornLine | undefined;
  const onTorn = (found: TornLine) => {
    torn = found;
  };
  const rows: T[] = [];
  for await (const row of streamJsonl<T>(path, { parse, onTorn })) rows.push(row.value);
  return { rows, torn };
}

/** Rows of a file that may not be there yet: none then. Throws 'file-unreadable', and as `streamJsonl`. */
export const rowsIfPresent = async <T = unknown>(path: string): Promise<T[]> =>
  (await statIfPresent(path)) ? (await readJsonl<T>(path)).rows : [];

/** Writes (or replaces) a whole file of rows atomically. */
export async function writeJsonl(path: string, rows: readonly object[]): Promise<void> {
  await writeFileAtomic(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
