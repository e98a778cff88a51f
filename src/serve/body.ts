// A request's body as text, within a limit; and the rest of a body that nobody wants. What is left unread on a connection makes the HTTP
// layer cut it a moment later, in the middle of the client's next request, so it is read and thrown away.
import { setTimeout } from 'node:timers/promises';
import { handledElsewhere } from '../base/handled.ts';
import { ApiError } from './errors.ts';

/** Reads on, a chunk at a time, until `take` says no (false) or the body ends. Resolves to whether it ended. */
async function eachChunk({ body }: Request, take: (chunk: Uint8Array) => boolean): Promise<boolean> {
  if (body === null) return true;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return true;
      if (!take(value)) return false;
    }
  } finally {
    reader.releaseLock();
  }
}

/** The whole body, within `seconds`. Throws the 408. */
export async function readBodyWithin(request: Request, maxBytes: number, seconds: number): Promise<string> {
  const late = new AbortController();
  const message = `the body did not come within ${seconds} s`;
  // By the race; where the body was first, it ends with an abort that is nobody's.
  const timer = handledElsewhere(
    setTimeout(seconds * 1000, undefined, { signal: late.signal }).then(() => {
      throw new ApiError(message, { status: 408, code: 'body-slow', headers: { Connection: 'close' } });
    }),
  );
  try {
    return (await Promise.race([readBody(request, maxBytes), timer])) as string;
  } finally {
    late.abort();
  }
}

/** The whole body. Throws the 413, before reading where the client says how much comes. */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () =>
    new ApiError(`the body is larger than ${maxBytes} bytes`, { status: 413, code: 'body-too-large' });
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const whole = await eachChunk(request, (chunk) => {
    chunks.push(chunk);
    bytes += chunk.length;
    return bytes <= maxBytes;
  });
  if (!whole) throw tooLarge();
  return Buffer.concat(chunks).toString('utf8');
}

/** Throws away what is left of the body, `maxBytes` at most. Resolves to whether all of it is gone. */
export async function discardBody(request: Request, maxBytes: number): Promise<boolean> {
  let bytes = 0;
  try {
    return await eachChunk(request, (chunk) => {
      bytes += chunk.length;
      return bytes <= maxBytes;
    });
  } catch {
    return false; // the client went away in the middle; nobody is left to tell
  }
}
