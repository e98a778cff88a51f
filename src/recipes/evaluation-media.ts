// How an evaluation gets its frames: decoded in threads where the model is elsewhere, and kept on disk for other runs, modes and processes.
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { DecodePool, FrameStore, type Loader, loadAny } from '../media/index.ts';
import type { EvaluationConfig } from './evaluation-config.ts';

/** Of this user, by the XDG rules; inside it what may be deleted at any time. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'videorft', 'frames');

export interface EvaluationMedia {
  readonly load: Loader;
  close(): Promise<void>;
}

const DECODERS = Math.min(8, availableParallelism());

/** All cores decode for an endpoint; a model in this process has them itself, and one file is decoded at a time. */
export function evaluationMedia({ endpoint, frameCache, frameCacheGB }: EvaluationConfig): EvaluationMedia {
  const pool = endpoint === undefined ? undefined : new DecodePool(DECODERS);
  const decode: Loader = (path, profile, options = {}) =>
    pool === undefined || options.frameFps !== undefined
      ? loadAny(path, profile, options)
      : pool.decode({ path, profile, options });
  const store = frameCacheGB > 0 ? new FrameStore(frameCache ?? cacheFolder(), frameCacheGB * 1e9) : undefined;
  return { load: store ? store.through(decode) : decode, close: async () => pool?.close() };
}
