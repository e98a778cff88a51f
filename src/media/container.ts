// What a file is, by its bytes: picture, video or text, and whether its end is missing.
// Leaves out: decoding. Reads a few headers only; no native library involved.

import { type FileHandle, open, stat } from 'node:fs/promises';
import { mediaError } from './errors.ts';

export type MediaKind = 'image' | 'video' | 'text' | 'unknown';

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, Math.min(to, bytes.length)));

const MP4_BOXES = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot', 'styp', 'sidx', 'moof']);

function isImage(head: Uint8Array): boolean {
  if (head[0] === 0x89 && ascii(head, 1, 4) === 'PNG') return true;
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return true;
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return true;
  const brand = ascii(head, 4, 12);
  return brand === 'ftypavif' || brand === 'ftypheic' || ascii(head, 0, 4) === 'II*\0' || ascii(head, 0, 4) === 'MM\0*';
}

function isVideo(head: Uint8Array): boolean {
  if (MP4_BOXES.has(ascii(head, 4, 8))) return true;
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 11) === 'AVI') return true;
  const start = Buffer.from(head.subarray(0, 4)).toString('hex');
  if (start === '1a45dfa3' || start === '3026b275' || start === '000001ba' || start === '000001b3') return true;
  return ascii(head, 0, 3) === 'FLV' || ascii(head, 0, 3) === 'GIF' || (head[0] === 0x47 && head[188] === 0x47);
}

/** Printable UTF-8 throughout: a web page, a Git LFS pointer, a note. */
function isText(head: Uint8Array): boolean {
  return head.length > 0 && head.every((b) => b >= 0x20 || b === 0x09 || b === 0x0a || b === 0x0d) && head[0] < 0xf8;
}

/** The kind of media by its first bytes (512 are enough), whatever the file is called. */
export function kindOfBytes(head: Uint8Array): MediaKind {
  if (isImage(head)) return 'image';
  if (isVideo(head)) return 'video';
  return isText(head) ? 'text' : 'unknown';
}

/** Why a text file may sit where a video should, for the error message. */
export function textHint(head: Uint8Array): string {
  const start = ascii(head, 0, 60).trimStart().toLowerCase();
  if (start.startsWith('version https://git-lfs')) return 'it is a Git LFS pointer; run "git lfs pull"';
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'it is a web page; the download failed';
  return 'it is a text file';
}

export interface FileFacts {
  readonly kind: MediaKind;
  readonly bytes: number;
  readonly head: Uint8Array;
}

/**
 * Size and kind of a regular file.
 * @throws VideorftError 'media-missing' (absent, unreadable or not a regular file) or 'media-empty'
 */
export async function inspectFile(path: string): Promise<FileFacts> {
  const info = await stat(path).catch((cause: unknown) => {
    throw mediaError('media-missing', path, whyMissing(cause), { cause });
  });
  if (!info.isFile()) throw mediaError('media-missing', path, 'not a regular file');
  if (info.size === 0) throw mediaError('media-empty', path, 'the file is empty (0 bytes)');
  const head = await withFile(path, (file) => readAt(file, 0, 512));
  return { kind: kindOfBytes(head), bytes: info.size, head };
}

function whyMissing(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ELOOP') return 'its symbolic links lead in a circle';
  if (code === 'EACCES') return 'a folder on the way to it may not be read';
  return 'no such file';
}

/**
 * Bytes that the container's own headers promise (top-level boxes of mp4 and mov, RIFF chunks of AVI, the segment of Matroska), or undefined for
 * other containers. More than the file has means that its end is missing; Infinity means that the index ('moov') is.
 */
export async function promisedBytes(path: string, bytes: number): Promise<number | undefined> {
  return withFile(path, async (file) => {
    const head = await readAt(file, 0, 12);
    if (ascii(head, 0, 4) === 'RIFF') return new DataView(head.buffer, head.byteOffset).getUint32(4, true) + 8;
    if (ascii(head, 0, 4) === '\x1aE\xdf\xa3') return segmentEnd(file);
    if (!MP4_BOXES.has(ascii(head, 4, 8))) return undefined;
    return walkBoxes(file, bytes);
  });
}

/** The bytes that its headers promise of a file that has fewer: its end is missing. Undefined where it has them all, or none are promised. */
export async function cutOffFrom(path: string, bytes: number): Promise<number | undefined> {
  const promised = await promisedBytes(path, bytes);
  return promised !== undefined && promised > bytes ? promised : undefined;
}

async function walkBoxes(file: FileHandle, bytes: number): Promise<number> {
  let at = 0;
  let indexed = false;
  while (at + 8 <= bytes) {
    const head = await readAt(file, at, 16);
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const short = view.getUint32(0);
    const type = ascii(head, 4, 8);
    indexed ||= type === 'moov' || type === 'moof';
    if (short === 0) return bytes;
    const size = short === 1 && head.length === 16 ? Number(view.getBigUint64(8)) : short;
    if (size < 8) return bytes;
    at += size;
  }
  return indexed ? at : Number.POSITIVE_INFINITY;
}

/** End of a Matroska segment, which follows the EBML header; undefined for a stream that was written without knowing its size. */
async function segmentEnd(file: FileHandle): Promise<number | undefined> {
  const header = await readElement(file, 0);
  const segment = header && (await readElement(file, header.end));
  return segment?.id === 0x18538067 ? segment.end : undefined;
}

/** An EBML element: its id (with its length bits), and where its content ends; undefined where its size is unknown or unreadable. */
async function readElement(file: FileHandle, at: number): Promise<{ id: number; end: number } | undefined> {
  const bytes = await readAt(file, at, 12);
  if (bytes.length < 12) return undefined;
  const sizeLength = Math.clz32(bytes[4]) - 23; // ids of elements at the top have four bytes
  if (sizeLength > 8) return undefined;
  const digits = [bytes[4] & (0xff >> sizeLength), ...bytes.subarray(5, 4 + sizeLength)];
  const size = digits.reduce((value, byte) => value * 256 + byte, 0);
  if (size === 2 ** (7 * sizeLength) - 1 || !Number.isSafeInteger(size)) return undefined;
  return { id: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), end: at + 4 + sizeLength + size };
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((cause: unknown) => {
    throw mediaError('media-missing', path, 'the file cannot be opened', { cause });
  });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
