// Gemini's Files API: a video is uploaded once per process and waited for until it can be asked about. Files last 48 hours there; ours are believed for 40.
import { z } from 'zod';
import { sha256 } from '../base/hash.ts';
import type { Line } from './chat.ts';
import type { Upload } from './gemini-wire.ts';
import { parseJson, send } from './http.ts';
import { AttemptFailure } from './retry.ts';

const BELIEVED_MS = 40 * 3600_000;
const POLL_MS = 1000;

const fileSchema = z.object({ name: z.string(), uri: z.string(), state: z.string().optional() });
type StoredFile = z.infer<typeof fileSchema>;

export interface FileStore {
  /** Where the video can be asked about. Throws AttemptFailure. */
  address(upload: Upload, signal: AbortSignal | undefined): Promise<string>;
}

/** `https://host/v1beta` → `https://host/upload/v1beta/files`. */
function uploadURL(baseURL: string): string {
  const url = new URL(baseURL);
  return `${url.origin}/upload${url.pathname.replace(/\/+$/, '')}/files`;
}

function readFile(body: unknown): StoredFile {
  const parsed = fileSchema.safeParse((body as { file?: unknown } | null)?.file ?? body);
  if (!parsed.success) throw new AttemptFailure('not an answer of the Files API', 'broken-body', 'again');
  return parsed.data;
}

export function createFileStore({ endpoint, headers, timeoutMs, tools }: Line): FileStore {
  const { baseURL, apiKeyEnv } = endpoint;
  const known = new Map<string, { readonly at: number; readonly uri: Promise<string> }>();
  const call = (url: string, rest: Partial<Parameters<typeof send>[0]>, signal: AbortSignal | undefined) =>
    send({ url, timeoutMs, signal, apiKeyEnv, ...rest, headers: { ...headers, ...rest.headers } });

  const store = async ({ data, mimeType }: Upload, signal: AbortSignal | undefined): Promise<StoredFile> => {
    const start = {
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(data.length),
      'x-goog-upload-header-content-type': mimeType,
    };
    const begun = await call(uploadURL(baseURL), { headers: start, body: '{"file":{"display_name":"video"}}' }, signal);
    const to = begun.headers.get('x-goog-upload-url');
    if (!to) throw new AttemptFailure('no address to upload to', 'broken-body', 'again');
    const finish = { 'x-goog-upload-offset': '0', 'x-goog-upload-command': 'upload, finalize' };
    return readFile(parseJson((await call(to, { headers: finish, body: data }, signal)).text));
  };

  /** Waits until the file can be asked about, as long as an attempt may take. */
  const ready = async (file: StoredFile, signal: AbortSignal | undefined): Promise<string> => {
    const until = tools.now() + timeoutMs;
    let now = file;
    while (now.state === 'PROCESSING') {
      if (tools.now() > until)
        throw new AttemptFailure('the uploaded video is still being processed', 'timeout', 'again');
      await tools.sleep(POLL_MS, signal);
      now = readFile(
        parseJson((await call(`${baseURL.replace(/\/+$/, '')}/${file.name}`, { method: 'GET' }, signal)).text),
      );
    }
    if (now.state === undefined || now.state === 'ACTIVE') return now.uri;
    throw new AttemptFailure(`the uploaded video cannot be used (${now.state})`, 'rejected', 'never');
  };

  return {
    address(upload, signal) {
      const key = `${upload.mimeType} ${sha256(upload.data)}`;
      const stored = known.get(key);
      if (stored && tools.now() - stored.at < BELIEVED_MS) return stored.uri;
      const uri = store(upload, signal).then((file) => ready(file, signal));
      known.set(key, { at: tools.now(), uri });
      uri.catch(() => known.delete(key));
      return uri;
    },
  };
}
