// A file as an HTTP answer, whole or the one range that is asked for (RFC 9110, section 14): players seek by ranges.
// Leaves out: several ranges at once, which are answered by the whole.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ApiError } from '../../serve/errors.ts';

/** A file that can be sent. */
export interface Sendable {
  readonly path: string;
  readonly type: string;
}

export interface ByteRange {
  readonly start: number;
  /** Included. */
  readonly end: number;
}

/** 'whole' where no single range of bytes is asked for; undefined where it lies outside. */
export function parseRange(header: string | undefined, bytes: number): ByteRange | 'whole' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '') ?? [];
  if (first === undefined || (first === '' && last === '')) return 'whole';
  if (first === '')
    return Number(last) === 0 || bytes === 0 ? undefined : { start: Math.max(0, bytes - Number(last)), end: bytes - 1 };
  const range = { start: Number(first), end: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
  if (last !== '' && Number(last) < range.start) return 'whole';
  return range.start < bytes ? range : undefined;
}

/** Answers GET, or HEAD without opening the file: nobody would read it to its end and close it. Throws the 416. */
export async function sendFile(
  { method, headers: asked }: Pick<Request, 'method' | 'headers'>,
  { path, type }: Sendable,
): Promise<Response> {
  const { size } = await stat(path);
  const range = parseRange(asked.get('range') ?? undefined, size);
  if (range === undefined)
    throw new ApiError('the range lies outside the file', {
      status: 416,
      code: 'range',
      headers: { 'Content-Range': `bytes */${size}` },
    });
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const headers = {
    'Content-Type': type,
    'Content-Length': String(end - start + 1),
    'Accept-Ranges': 'bytes',
    // A page may be shown again; the file may be another one then.
    'Cache-Control': 'private, no-cache',
    ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  };
  const empty = size === 0 || method === 'HEAD';
  const body = empty ? null : (Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream);
  return new Response(body, { status: range === 'whole' ? 200 : 206, headers });
}
