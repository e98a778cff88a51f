// How an evaluation gets its frames: out of zips where they are in some, decoded in threads where the model is elsewhere, and kept on disk for other
// runs, modes and processes.
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { UnpackedFolder } from '../data/archives/index.ts';
import { ArchivedMedia, type MediaAccess } from '../evaluate/index.ts';
import { DecodePool, FrameStore, type Loader, loadAny } from '../media/index.ts';
import type { EvaluationConfig } from './evaluation-config.ts';
import type { EvaluationInputs } from './evaluation-inputs.ts';

/** Of this user, by the XDG rules; inside it what may be deleted at any time. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'videorft', 'frames');

export interface EvaluationMedia extends MediaAccess {
  readonly load: Loader;
  close(): Promise<void>;
}

type MediaSettings = Pick<EvaluationConfig, 'endpoint' | 'frameCache' | 'frameCacheGB' | 'unpackedGB'>;

/** What is unpacked lies in the folder of the frames: users know one folder that may be deleted. */
function archivedMedia(
  { root, archives, packed }: Pick<EvaluationInputs, 'root' | 'archives' | 'packed'>,
  folder: string,
  { unpackedGB }: MediaSettings,
  signal: AbortSignal | undefined,
): ArchivedMedia | undefined {
  if (!archives) return undefined;
  return new ArchivedMedia({
    root,
    archives,
    packed,
    folder: new UnpackedFolder(join(folder, 'unpacked'), unpackedGB * 1e9),
    signal,
  });
}

const DECODERS = Math.min(8, availableParallelism());

/** All cores decode for an endpoint; a model in this process has them itself, and one file is decoded at a time. */
export function evaluationMedia(
  settings: MediaSettings,
  inputs?: Pick<EvaluationInputs, 'root' | 'archives' | 'packed'>,
  signal?: AbortSignal,
): EvaluationMedia {
  const { endpoint, frameCache, frameCacheGB } = settings;
  const folder = frameCache ?? cacheFolder();
  const pool = endpoint === undefined ? undefined : new DecodePool(DECODERS);
  const decode: Loader = (path, profile, options = {}) =>
    pool === undefined ? loadAny(path, profile, options) : pool.decode({ path, profile, options });
  const store = frameCacheGB > 0 ? new FrameStore(folder, frameCacheGB * 1e9) : undefined;
  const stored = (load: Loader) => (store ? store.through(load) : load);
  const archived = inputs && archivedMedia(inputs, folder, settings, signal);
  return {
    load: archived ? archived.loader(decode, stored) : stored(decode),
    text: archived && ((file) => archived.text(file)),
    use: archived && ((file, work) => archived.use(file, work)),
    close: async () => {
      await pool?.close();
      archived?.close();
    },
  };
}
