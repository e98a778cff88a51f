// A picture or video of a request, wherever it is (data:, http(s):, file:), becomes a file here, known by the hash of its content.
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
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
}

export interface FetchedMedia {
  readonly path: string;
  /** SHA-256 of the content. */
  readonly identity: string;
  /** Removes what was fetched. */
  dispose(): Promise<void>;
}

/** The bytes of a data URL; base64 only, as all clients send media. */
export function dataBytes(url: string, maxBytes: number): Buffer {
  const comma = url.indexOf(',');
  const head = comma < 0 ? '' : url.slice(0, comma);
  if (!/^data:[^,]*;base64$/i.test(head))
    throw badRequest('a data: URL must be of the form data:TYPE;base64,DATA', 'media-url');
  const text = url.slice(comma + 1);
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

/** Errors (400): media-url, media-host, media-fetch, media-too-large, media-outside-root, …; the signal's reason. */
export async function fetchMedia(
  { url }: Pick<MediaReference, 'url'>,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<FetchedMedia> {
  const file = join(options.scratch, randomUUID());
  const dispose = () => rm(file, { force: true });
  try {
    const path = await fetchInto(url, file, options, signal);
    return { path, identity: await sha256File(path), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
