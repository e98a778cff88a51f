// One file over HTTP: redirects are followed under the same policy as the first address, size and time are bounded, and whatever fails is a
// 400 that says so. Leaves out: caches, retries, credentials.
import { type FileHandle, open } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { ApiError, badRequest } from '../errors.ts';
import { type AddressPolicy, guardedLookup, requireAllowed } from './guard.ts';

export interface DownloadLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const MOST_REDIRECTS = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

const failed = (url: URL, why: string): ApiError =>
  badRequest(`${url.host} cannot be fetched from: ${why}`, 'media-fetch');

function request(url: URL, policy: AddressPolicy, signal: AbortSignal): Promise<IncomingMessage> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw failed(url, `${url.protocol} is no HTTP`);
  requireAllowed(url.hostname, policy);
  const get = url.protocol === 'http:' ? httpGet : httpsGet;
  // Without an agent of its own a request might take over a connection that was made under another policy.
  const options = { lookup: guardedLookup(policy), signal, agent: false, headers: { accept: 'video/*, image/*, */*' } };
  return new Promise((resolve, reject) => void get(url, options, resolve).on('error', reject));
}

function target(response: IncomingMessage, url: URL): URL {
  const { location } = response.headers;
  response.resume();
  const next = location === undefined ? null : URL.parse(location, url);
  if (next) return next;
  throw failed(url, 'it redirects to nowhere');
}

async function follow(from: URL, policy: AddressPolicy, signal: AbortSignal) {
  let url = from;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await request(url, policy, signal);
    const status = response.statusCode ?? 0;
    if (!redirects.has(status)) return { url, response, status };
    url = target(response, url);
  }
  throw failed(from, `more than ${MOST_REDIRECTS} redirects`);
}

async function save(
  response: IncomingMessage,
  url: URL,
  file: FileHandle,
  { maxBytes }: DownloadLimits,
  signal: AbortSignal,
) {
  const tooLarge = () => badRequest(`the file at ${url.host} is larger than ${maxBytes} bytes`, 'media-too-large');
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  let bytes = 0;
  for await (const chunk of response) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    await file.writeFile(chunk);
  }
}

/** Saves what is at `url` as `file`. Errors (400): media-host, media-fetch, media-too-large; the signal's reason. */
export async function download(
  url: URL,
  file: string,
  policy: AddressPolicy,
  limits: DownloadLimits,
  signal: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  // There before anything can fail and closed before this returns: a stream that opens it by itself may do so after the caller has
  // removed what an error left.
  const handle = await open(file, 'w');
  try {
    const { url: last, response, status } = await follow(url, policy, either);
    if (status !== 200) {
      response.destroy();
      throw failed(last, `it answered ${status}`);
    }
    await save(response, last, handle, limits, either);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw failed(url, `no file within ${limits.timeoutMs / 1000} s`);
    if (error instanceof ApiError) throw error;
    throw failed(url, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  } finally {
    await handle.close();
  }
}
