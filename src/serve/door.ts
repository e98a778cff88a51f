// A server on its port, from the first request to the last: when it stops it lets nobody in, gives running answers their grace, and ends
// the rest with an error that says so. Leaves out: what is answered (app.ts, rewards/app.ts).
import { setTimeout } from 'node:timers/promises';
import type { Hono } from 'hono';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { listen } from '../base/listen.ts';
import { closing, type Gate } from './gate.ts';
import type { ServeOptions } from './options.ts';

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

const folders = {
  media: ['the media root is no folder', 'serve-media-root', 'to refuse file: URLs'],
  adapters: ['the folder of adapters is no folder', 'serve-adapters', 'to load none'],
} as const;

export async function requireFolder(folder: string | undefined, kind: keyof typeof folders = 'media'): Promise<void> {
  if (folder === undefined || (await statIfPresent(folder))?.isDirectory()) return;
  const [message, code, without] = folders[kind];
  throw new VideorftError(message, {
    code,
    facts: { folder },
    fix: `name a folder that is there, or leave it out ${without}`,
  });
}

export interface Door {
  readonly app: Hono;
  readonly gate: Gate;
  readonly options: Pick<ServeOptions, 'host' | 'port' | 'mediaTimeoutSeconds' | 'graceSeconds'>;
  /** Aborted when running answers have to end. */
  readonly stopping: AbortController;
  /** Takes away what still works on requests that were to end. */
  stopWork(): Promise<unknown>;
  /** Lets go of everything, once no request is left. */
  clean(): Promise<unknown>;
}

export interface Running {
  /** Without a slash at its end. */
  readonly origin: string;
  /** Resolves when the last request has been answered or ended. */
  stop(): Promise<void>;
}

/** Listens. Throws 'listen', after cleaning up. */
export async function openDoor({ app, gate, options, stopping, stopWork, clean }: Door): Promise<Running> {
  const { host, port } = options;
  // A body that trickles in holds a place like an answer that is written: it gets the time of a file.
  const requestTimeoutMs = options.mediaTimeoutSeconds * 1000;
  const listener = await listen(app.fetch, { host, port, requestTimeoutMs }).catch(async (error: unknown) => {
    await clean();
    throw error;
  });
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${listener.port}`,
    async stop() {
      const [empty, closed] = [gate.close(), listener.close()];
      if (!(await within(empty, options.graceSeconds * 1000))) {
        stopping.abort(closing());
        if (!(await within(empty, LEAVING_MS))) await stopWork();
        await within(empty, LEAVING_MS);
      }
      await within(closed, LEAVING_MS);
      listener.destroy();
      await closed;
      await clean();
    },
  };
}
