// The server on its port, from the first request to the last: when it stops it lets nobody in, gives running answers their grace, and ends
// the rest with an error that says so.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { listen } from '../base/listen.ts';
import { createApp } from './app.ts';
import { tokenFrom } from './auth.ts';
import { closing, Gate } from './gate.ts';
import type { Resolve } from './media/guard.ts';
import { type ServeOptionsInput, serveSchema } from './options.ts';
import { ChatService, type ServedModel } from './service.ts';

export interface ServerTools {
  /** Where the token is looked up; default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** In place of the system's name resolution. */
  readonly resolve?: Resolve;
}

export interface RunningServer {
  /** Up to and including /v1. */
  readonly baseURL: string;
  /** Resolves when the last request has been answered or ended. */
  stop(): Promise<void>;
}

/** Time that ended requests have to leave before their threads and connections are taken away. */
const LEAVING_MS = 1000;

/** `true` where `work` is done in time. */
async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const late = new AbortController();
  const timer = setTimeout(milliseconds, false, { signal: late.signal }).catch(() => false);
  const inTime = await Promise.race([work.then(() => true), timer]);
  late.abort();
  return inTime;
}

async function requireFolder(mediaRoot: string | undefined): Promise<void> {
  if (mediaRoot === undefined || (await statIfPresent(mediaRoot))?.isDirectory()) return;
  throw new VideorftError('the media root is no folder', {
    code: 'serve-media-root',
    facts: { mediaRoot },
    fix: 'name a folder that is there, or leave it out to refuse file: URLs',
  });
}

/** Errors: serve-no-key, serve-media-root, listen. */
export async function startServer(
  served: ServedModel,
  input: ServeOptionsInput = {},
  { env, resolve }: ServerTools = {},
): Promise<RunningServer> {
  const options = serveSchema.parse(input);
  const token = tokenFrom(options.apiKeyEnv, env);
  await requireFolder(options.mediaRoot);
  const scratch = await mkdtemp(join(tmpdir(), 'videorft-serve-'));
  const service = new ChatService(served, { options, scratch, resolve });
  const gate = new Gate(options);
  const stopping = new AbortController();
  const app = createApp({ service, gate, options, token, stopping: stopping.signal });
  const clean = async () => {
    await service.close();
    await rm(scratch, { recursive: true, force: true });
  };
  const { host, port } = options;
  // A body that trickles in holds a place like an answer that is written: it gets the time of a file.
  const requestTimeoutMs = options.mediaTimeoutSeconds * 1000;
  const listener = await listen(app.fetch, { host, port, requestTimeoutMs }).catch(async (error: unknown) => {
    await clean();
    throw error;
  });
  return {
    baseURL: `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}/v1`,
    async stop() {
      const [empty, closed] = [gate.close(), listener.close()];
      if (!(await within(empty, options.graceSeconds * 1000))) {
        stopping.abort(closing());
        if (!(await within(empty, LEAVING_MS))) await service.stopMedia();
        await within(empty, LEAVING_MS);
      }
      await within(closed, LEAVING_MS);
      listener.destroy();
      await closed;
      await clean();
    },
  };
}
