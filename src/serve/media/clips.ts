// The pictures and videos of a request as clips: fetched, decoded in threads, kept by their content. Errors name the place in the request
// and not this server's files.
import { resolve } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { type Clip, ClipCache, DecodePool, FPS, isPicture, type VideoProfile } from '../../media/index.ts';
import { ApiError, badRequest } from '../errors.ts';
import type { ServeOptions } from '../options.ts';
import type { MediaReference, VideoWishes } from '../protocol/request.ts';
import { type FetchedMedia, type FetchOptions, fetchMedia } from './fetch.ts';
import type { Resolve } from './guard.ts';

export interface LoadedMedia {
  readonly clip: Clip;
  /** Equal for equal content seen under the same profile. */
  readonly identity: string;
}

export interface ClipsOptions {
  readonly options: ServeOptions;
  readonly profile: VideoProfile;
  readonly scratch: string;
  readonly resolve?: Resolve;
}

/** A short name of a medium for messages: its kind and where it stands. */
const nameOf = ({ kind, param }: MediaReference) => `the ${kind} in ${param}`;

/** The same error about the request's medium in place of a file of ours. */
function aboutRequest(error: unknown, medium: MediaReference, path: string | undefined): unknown {
  if (error instanceof ApiError) {
    const { status, code, fix, headers } = error;
    return new ApiError(`${nameOf(medium)}: ${error.message}`, { status, code, fix, headers, param: medium.param });
  }
  if (!(error instanceof VideorftError) || path === undefined || !error.code.startsWith('media-')) return error;
  if (error.code === 'media-worker' || error.code === 'media-native') return error;
  // Two requests with the same content share one decoding, so the file may be the other's.
  const message = error.message.replaceAll(String(error.facts.file ?? path), nameOf(medium));
  // The usual advice is for whoever owns a data set; whoever sent the request knows better what to send.
  return new ApiError(message, { status: 400, code: error.code, param: medium.param, cause: error });
}

/** For decoded frames. A clip that is kept keeps its normalized pixels too, which take four times as much. */
const CLIP_BYTES = 128 * 2 ** 20;

export class Clips {
  private readonly fetching: FetchOptions;
  private readonly profile: VideoProfile;
  private readonly options: ServeOptions;
  private readonly pool = new DecodePool();
  private readonly cache = new ClipCache(CLIP_BYTES, (path, profile, options = {}) =>
    this.pool.decode({ path, profile, options }),
  );

  constructor({ options, profile, scratch, resolve: resolver }: ClipsOptions) {
    this.options = options;
    this.profile = profile;
    this.fetching = {
      scratch,
      mediaRoot: options.mediaRoot === undefined ? undefined : resolve(options.mediaRoot),
      allowHosts: options.allowHost,
      resolve: resolver,
      maxBytes: options.maxMediaBytes,
      maxFrames: options.maxFrames,
      timeoutMs: options.mediaTimeoutSeconds * 1000,
    };
  }

  /** Refuses more than the server gives. Throws the 400. */
  private profileFor(media: readonly MediaReference[], wishes: VideoWishes): VideoProfile {
    const { maxMedia, maxFrames } = this.options;
    const { frames, max_pixels = this.profile.max_pixels } = wishes;
    if (media.length > maxMedia)
      throw badRequest(`${media.length} pictures and videos are more than ${maxMedia}`, 'too-many-media', 'messages');
    if (frames !== undefined && frames > maxFrames)
      throw badRequest(`num_frames: ${frames} are more than ${maxFrames}`, 'too-many-frames', 'media_io_kwargs');
    if (max_pixels > this.profile.max_pixels)
      throw badRequest(
        `max_pixels: ${max_pixels} are more than ${this.profile.max_pixels}`,
        'too-many-pixels',
        'mm_processor_kwargs.max_pixels',
      );
    const min_pixels = Math.min(wishes.min_pixels ?? this.profile.min_pixels, max_pixels);
    return { ...this.profile, nframes: Math.min(frames ?? this.profile.nframes, maxFrames), min_pixels, max_pixels };
  }

  /**
   * The clips in order. `wishes`: of the videos, within the server's limits; `beforeDecoding` is awaited when all files are here and none is
   * in memory. Errors: the 400s of fetch.ts and media/; the signal's reason.
   */
  async load(
    media: readonly MediaReference[],
    wishes: VideoWishes,
    beforeDecoding: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<LoadedMedia[]> {
    const profile = this.profileFor(media, wishes);
    const files: FetchedMedia[] = [];
    try {
      // One after the other: a request with many files does not take all threads and connections from the others.
      for (const medium of media)
        files.push(await this.named(medium, undefined, signal, () => fetchMedia(medium, this.fetching, signal)));
      await beforeDecoding();
      const loaded: LoadedMedia[] = [];
      for (const [i, medium] of media.entries())
        loaded.push(
          await this.named(medium, files[i].path, signal, () => this.decode(medium, files[i], profile, wishes)),
        );
      return loaded;
    } finally {
      for (const file of files) await file.dispose();
    }
  }

  private async decode(
    medium: MediaReference,
    file: FetchedMedia,
    wanted: VideoProfile,
    { fps = FPS }: VideoWishes,
  ): Promise<LoadedMedia> {
    const { maxPixels } = this.options;
    const frameFps = file.pictures === undefined ? undefined : fps;
    // No more than there are: frames that were sampled elsewhere are shown as they are.
    const profile = { ...wanted, nframes: Math.min(wanted.nframes, file.pictures ?? Number.POSITIVE_INFINITY) };
    const options = { timeoutMs: this.fetching.timeoutMs, maxPixels, identity: file.identity, frameFps };
    const clip = await this.cache.get(file.path, profile, options);
    requireKind(clip, medium);
    const { name, nframes, min_pixels, max_pixels } = profile;
    const seen = [name, nframes, min_pixels, max_pixels, frameFps ?? ''].join('/');
    return { clip, identity: `${file.identity}@${seen}` };
  }

  /** Does `work`; what goes wrong is told about the request's medium. */
  private async named<T>(
    medium: MediaReference,
    path: string | undefined,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw aboutRequest(error, medium, path);
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

export const kindOf = (clip: Clip): MediaReference['kind'] => (isPicture(clip) ? 'image' : 'video');

function requireKind(clip: Clip, { kind }: MediaReference): void {
  const found = kindOf(clip);
  if (found === kind) return;
  const other = found === 'image' ? 'a picture' : 'a video';
  throw badRequest(`the file is ${other}`, 'media-kind', undefined, `send it as ${found}_url`);
}
