// A picture or video of a request, wherever it is (data:, http(s):, file:), becomes a file here, known by the hash of its content.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '../../base/hash.ts';
import { badRequest } from '../errors.ts';
import type { MediaReference } from '../protocol/request.ts';
import { type DownloadLimits, download } from './download.ts';
import type { AddressPolicy } from './guard.ts';
import { localFile, readableSize, tooLarge } from './local.ts';

export interface FetchOptions extends AddressPolicy, DownloadLimits {
  /** Folder for what is fetched. */
  readonly scratch: string;
  /** Absolute; undefined: file: URLs are refused. */
  readonly mediaRoot: string | undefined;
  /** Of a video that is sent as its pictures. */
  readonly maxFrames: number;
}

export interface FetchedMedia {
  readonly path: string;
  /** SHA-256 of the content. */
  readonly identity: string;
  /** The path is a folder of so many frames: the video was sent as its pictures. */
  readonly pictures?: number;
  /** Removes what was fetched. */
  dispose(): Promise<void>;
}

/** What a data URL holds behind its head; base64 only, as all clients send media. */
function dataText(url: string): string {
  const comma = url.indexOf(',');
  const head = comma < 0 ? '' : url.slice(0, comma);
  if (/^data:[^,]*;base64$/i.test(head)) return url.slice(comma + 1);
  throw badRequest('a data: URL must be of the form data:TYPE;base64,DATA', 'media-url');
}

export const dataBytes = (url: string, maxBytes: number): Buffer => base64Bytes(dataText(url), maxBytes);

function base64Bytes(text: string, maxBytes: number): Buffer {
  if (text.length * 0.75 > maxBytes + 2) throw tooLarge(Math.floor(text.length * 0.75), maxBytes);
  const bytes = Buffer.from(text, 'base64');
  const digits = text.replace(/\s|=+\s*$/g, '').length;
  if (bytes.length !== Math.floor((digits * 3) / 4)) throw badRequest('the data: URL is not base64', 'media-url');
  return bytes;
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

/** A video as its pictures, as vLLM takes it: base64 of each, joined by commas, whatever their format. */
const FRAMES = /^data:video\/jpeg;base64,/i;

async function framesInto(
  url: string,
  dir: string,
  { maxBytes, maxFrames }: FetchOptions,
): Promise<{ readonly identity: string; readonly pictures: number }> {
  const texts = dataText(url).split(',');
  if (texts.length > maxFrames)
    throw badRequest(`${texts.length} frames are more than ${maxFrames}`, 'too-many-frames');
  await mkdir(dir);
  const hash = createHash('sha256');
  let left = maxBytes;
  for (const [i, text] of texts.entries()) {
    const bytes = base64Bytes(text, left);
    left -= bytes.length;
    hash.update(`${bytes.length}\n`).update(bytes);
    await writeFile(join(dir, `${i}.jpg`), bytes);
  }
  return { identity: hash.digest('hex'), pictures: texts.length };
}

/** Errors (400): media-url, media-host, media-fetch, media-too-large, media-outside-root, …; the signal's reason. */
export async function fetchMedia(
  { url }: Pick<MediaReference, 'url'>,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<FetchedMedia> {
  const file = join(options.scratch, randomUUID());
  const dispose = () => rm(file, { force: true, recursive: true });
  try {
    if (FRAMES.test(url)) return { path: file, ...(await framesInto(url, file, options)), dispose };
    const path = await fetchInto(url, file, options, signal);
    return { path, identity: await sha256File(path), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
