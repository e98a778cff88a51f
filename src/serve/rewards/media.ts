// A sample's video or picture below the media root: found, known by the hash of its content, decoded in a thread. What is wrong with it is
// told about the sample's path, never about this machine's folders. Leaves out: embeddings (rewards/video-cache.ts).
import { VideorftError } from '../../base/errors.ts';
import { sha256File } from '../../base/hash.ts';
import { type Clip, DecodePool, type VideoProfile } from '../../media/index.ts';
import { ApiError } from '../errors.ts';
import { kindOf } from '../media/clips.ts';
import { fileBelow, readableSize } from '../media/local.ts';
import type { RewardServeOptions } from './options.ts';
import type { WireSample } from './protocol/sample.ts';

export interface LocatedMedia {
  /** Equal for equal content seen as the same kind under the same profile. */
  readonly key: string;
  decode(): Promise<Clip>;
}

export interface RewardMediaOptions {
  readonly root: string;
  readonly profile: VideoProfile;
  readonly limits: Pick<RewardServeOptions, 'maxMediaBytes' | 'maxPixels' | 'mediaTimeoutSeconds'>;
}

type Named = Pick<WireSample, 'problem_id' | 'path' | 'data_type'>;

/** Files whose hash is remembered, by place, size and time of change. */
const REMEMBERED = 20_000;
const ours = new Set(['media-worker', 'media-native']);
/** What the system says of one file that cannot be read, or no longer; anything else (no handles, no memory) is no fault of the file. */
const ofFile = ['EIO', 'EACCES', 'EPERM', 'ENOENT', 'ESTALE'];

export class RewardMedia {
  private readonly options: RewardMediaOptions;
  private readonly pool = new DecodePool();
  private readonly hashes = new Map<string, Promise<string>>();

  constructor(options: RewardMediaOptions) {
    this.options = options;
  }

  /** Errors: media-outside-root, media-missing, media-too-large, media-unreadable. */
  locate(sample: Named): Promise<LocatedMedia> {
    const { root, profile, limits } = this.options;
    return about(sample, undefined, async () => {
      const file = await fileBelow(sample.path, root);
      const { size, mtimeMs, ino } = await readableSize(file, limits.maxMediaBytes);
      const identity = await this.hashOf(file, `${file}\0${size}\0${mtimeMs}\0${ino}`);
      return {
        key: `${sample.data_type}/${identity}@${profile.name}/${profile.nframes}`,
        decode: () => about(sample, file, () => this.decode(file, sample.data_type)),
      };
    });
  }

  private hashOf(file: string, state: string): Promise<string> {
    const known = this.hashes.get(state);
    if (known) return known;
    const hash = sha256File(file).catch((cause: NodeJS.ErrnoException) => {
      if (!ofFile.includes(cause.code ?? '')) throw cause;
      throw new VideorftError(`the file cannot be read (${cause.code})`, { code: 'media-unreadable', cause });
    });
    this.hashes.set(state, hash);
    hash.catch(() => this.hashes.delete(state)); // who awaits it hears of it
    for (const [oldest] of this.hashes) {
      if (this.hashes.size <= REMEMBERED) break;
      this.hashes.delete(oldest);
    }
    return hash;
  }

  private async decode(path: string, kind: Named['data_type']): Promise<Clip> {
    const { profile, limits } = this.options;
    const options = { timeoutMs: limits.mediaTimeoutSeconds * 1000, maxPixels: limits.maxPixels };
    const clip = await this.pool.decode({ path, profile, options });
    if (kindOf(clip) === kind) return clip;
    throw new VideorftError(`the file is ${kindOf(clip) === 'image' ? 'a picture' : 'a video'}`, {
      code: 'media-kind',
    });
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** Does `work`; what is wrong with the file is told about the sample. */
async function about<T>({ problem_id, path }: Named, file: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VideorftError) || ours.has(error.code)) throw error;
    if (!(error instanceof ApiError) && !error.code.startsWith('media-')) throw error;
    const said = file === undefined ? error.message : error.message.replaceAll(String(error.facts.file ?? file), path);
    const message = said.replaceAll(file ?? path, path);
    throw new VideorftError(`sample ${problem_id}, ${path}: ${message}`, { code: error.code, cause: error });
  }
}
