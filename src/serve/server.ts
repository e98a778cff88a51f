// The chat server: its options checked, its service and its door put together.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from './app.ts';
import { tokenFrom } from './auth.ts';
import { openDoor, requireFolder } from './door.ts';
import { Gate } from './gate.ts';
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

/** Errors: serve-no-key, serve-media-root, serve-adapters, listen. */
export async function startServer(
  served: ServedModel,
  input: ServeOptionsInput = {},
  { env, resolve }: ServerTools = {},
): Promise<RunningServer> {
  const options = serveSchema.parse(input);
  const token = tokenFrom(options.apiKeyEnv, env);
  await requireFolder(options.mediaRoot);
  await requireFolder(options.adapters, 'adapters');
  const scratch = await mkdtemp(join(tmpdir(), 'videorft-serve-'));
  const service = new ChatService(served, { options, scratch, resolve });
  const gate = new Gate(options);
  const stopping = new AbortController();
  const app = createApp({ service, gate, options, token, stopping: stopping.signal });
  const { origin, stop } = await openDoor({
    app,
    gate,
    options,
    stopping,
    stopWork: () => service.stopMedia(),
    clean: async () => {
      await service.close();
      await rm(scratch, { recursive: true, force: true });
    },
  });
  return { baseURL: `${origin}/v1`, stop };
}
