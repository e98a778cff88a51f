// A picture or video of a request, wherever it is (data:, http(s):, file:), becomes a file here, known by the hash of its content; JPEG frames sent as a
// video become a folder of pictures.
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, sha256File } from '../../base/hash.ts';
import { badRequest } from '../errors.ts';
import { isJpegVideo, type MediaReference } from '../protocol/request.ts';
import { type DownloadLimits, download } from './download.ts';
import type { AddressPolicy } from './guard.ts';
import { localFile, readableSize, tooLarge } from './local.ts';

export interface FetchOptions extends AddressPolicy, DownloadLimits {
  /** Folder for what is fetched. */
  readonly scratch: string;
  /** Absolute; undefined: file: URLs are refused. */
  readonly mediaRoot: string | undefined;
  /** JPEG frames of one video. */
  readonly maxFrames: number;
}

export interface FetchedMedia {
  readonly path: string;
  /** SHA-256 of the content. */
  readonly identity: string;
  /** The path is a folder of so many pictures, one a frame. */
  readonly pictures?: number;
  /** Removes what was fetched. */
  dispose(): Promise<void>;
}

/** The bytes of a data URL; base64 only, as all clients send media. */
export function dataBytes(url: string, maxBytes: number): Buffer {
  const comma = url.indexOf(',');
  const head = comma < 0 ? '' : url.slice(0, comma);
  if (!/^data:[^,]*;base64$/i.test(head))
    throw badRequest('a data: URL must be of the form data:TYPE;base64,DATA', 'media-url');
  return base64Bytes(url.slice(comma + 1), maxBytes);
}

function base64Bytes(text: string, maxBytes: number): Buffer {
  if (text.length * 0.75 > maxBytes + 2) throw tooLarge(Math.floor(text.length * 0.75), maxBytes);
  const bytes = Buffer.from(text, 'base64');
  const digits = text.replace(/\s|=+\s*$/g, '').length;
  if (bytes.length !== Math.floor((digits * 3) / 4)) throw badRequest('the data: URL is not base64', 'media-url');
  return bytes;
}

/** Writes the frames of data:video/jpeg into a folder, in order. Throws 'media-url', 'media-too-large', 'too-many-frames'. */
async function writeFrames(url: string, dir: string, { maxBytes, maxFrames }: FetchOptions): Promise<FetchedMedia> {
  const texts = url.slice(url.indexOf(',') + 1).split(',');
  if (texts.length > maxFrames)
    throw badRequest(`${texts.length} frames are more than ${maxFrames}`, 'too-many-frames', undefined);
  await mkdir(dir);
  let left = maxBytes;
  const hashes: string[] = [];
  for (const [i, text] of texts.entries()) {
    const bytes = base64Bytes(text, left);
    if (bytes.length === 0) throw badRequest(`frame ${i + 1} of the video has no bytes`, 'media-url');
    left -= bytes.length;
    hashes.push(sha256(bytes));
    await writeFile(join(dir, `${String(i + 1).padStart(5, '0')}.jpg`), bytes);
  }
  const dispose = () => rm(dir, { recursive: true, force: true });
  return { path: dir, identity: sha256(hashes.join('\n')), pictures: texts.length, dispose };
}

async function fetchInto(url: string, file: string, options: FetchOptions, signal: AbortSignal): Promise<string> {
  if (/^data:/i.test(url)) {
    await writeFile(file, dataBytes(url, options.maxBytes));
    return file;
  }
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') {
    await download(parsed, file, options, options, signal);
    return file;
  }
  if (parsed?.protocol !== 'file:')
    throw badRequest('media come by http:, https:, data: or file: URL', 'media-url', undefined, 'give one of these');
  const path = await localFile(parsed, options.mediaRoot);
  await readableSize(path, options.maxBytes);
  return path;
}

/** Errors (400): media-url, media-host, media-fetch, media-too-large, media-outside-root, …; the signal's reason. */
export async function fetchMedia(
  { url }: Pick<MediaReference, 'url'>,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<FetchedMedia> {
  const file = join(options.scratch, randomUUID());
  const dispose = () => rm(file, { recursive: true, force: true });
  try {
    if (isJpegVideo(url)) return await writeFrames(url, file, options);
    const path = await fetchInto(url, file, options, signal);
    return { path, identity: await sha256File(path), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
