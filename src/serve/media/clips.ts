// The pictures and videos of a request as clips: fetched, decoded in threads, kept by their content. Errors name the place in the request
// and not this server's files.
import { resolve } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { type Clip, ClipCache, DecodePool, FPS, isPicture, type VideoProfile } from '../../media/index.ts';
import { ApiError, badRequest } from '../errors.ts';
import type { ServeOptions } from '../options.ts';
import type { MediaReference, MediaView } from '../protocol/request.ts';
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
  private profileFor(media: readonly MediaReference[], { frames, ...view }: MediaView): VideoProfile {
    const { maxMedia, maxFrames } = this.options;
    if (media.length > maxMedia)
      throw badRequest(`${media.length} pictures and videos are more than ${maxMedia}`, 'too-many-media', 'messages');
    if (frames !== undefined && frames > maxFrames)
      throw badRequest(`num_frames: ${frames} are more than ${maxFrames}`, 'too-many-frames', 'media_io_kwargs');
    const nframes = Math.min(frames ?? this.profile.nframes, maxFrames);
    return { ...this.profile, nframes, ...pixelsOf(view, this.profile) };
  }

  /**
   * The clips in order. `view`: within the server's limits; `beforeDecoding` is awaited when all files are here and none is
   * in memory. Errors: the 400s of fetch.ts and media/; the signal's reason.
   */
  async load(
    media: readonly MediaReference[],
    view: MediaView,
    beforeDecoding: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<LoadedMedia[]> {
    const profile = this.profileFor(media, view);
    const files: FetchedMedia[] = [];
    try {
      // One after the other: a request with many files does not take all threads and connections from the others.
      for (const medium of media)
        files.push(await this.named(medium, undefined, signal, () => fetchMedia(medium, this.fetching, signal)));
      await beforeDecoding();
      const loaded: LoadedMedia[] = [];
      for (const [i, medium] of media.entries())
        loaded.push(
          await this.named(medium, files[i].path, signal, () => this.decode(medium, files[i], profile, view)),
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
    view: MediaView,
  ): Promise<LoadedMedia> {
    if (medium.kind === 'video' && file.pictures === undefined) refuseFacts(view);
    const frameFps = file.pictures === undefined ? undefined : (view.fps ?? FPS);
    // No more than there are: frames that were sampled elsewhere are shown as they are.
    const profile = { ...wanted, nframes: Math.min(wanted.nframes, file.pictures ?? Number.POSITIVE_INFINITY) };
    const { maxPixels } = this.options;
    const options = { timeoutMs: this.fetching.timeoutMs, maxPixels, identity: file.identity, frameFps };
    const clip = await this.cache.get(file.path, profile, options);
    requireKind(clip, medium);
    const { name, nframes, min_pixels, max_pixels } = profile;
    return { clip, identity: `${file.identity}@${[name, nframes, min_pixels, max_pixels, frameFps ?? ''].join('/')}` };
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

/** Pixels that the request names, none above the profile's, whose rule for videos allows 1.05 of its number. Throws the 400. */
function pixelsOf({ minPixels, maxPixels }: Omit<MediaView, 'frames'>, profile: VideoProfile) {
  const most = Math.floor(1.05 * profile.max_pixels);
  const [min_pixels, max_pixels] = [minPixels ?? profile.min_pixels, maxPixels ?? profile.max_pixels];
  if (Math.max(min_pixels, max_pixels) > most)
    throw badRequest(
      `min_pixels, max_pixels: ${Math.max(min_pixels, max_pixels)} are more than ${most}`,
      'too-many-pixels',
      'mm_processor_kwargs',
      'the operator can start the server with another --profile',
    );
  if (min_pixels <= max_pixels) return { min_pixels, max_pixels };
  throw badRequest(
    `min_pixels: ${min_pixels} is more than max_pixels ${max_pixels}`,
    'invalid-value',
    'mm_processor_kwargs',
  );
}

/** Facts of frames say nothing of a file, which tells its own: sent with one, they would be ignored. Throws the 400. */
function refuseFacts({ ofFrames }: MediaView): void {
  if (ofFrames === undefined) return;
  const message = 'fps and the other facts of frames are for videos that are sent as data:video/jpeg frames';
  throw badRequest(message, 'unsupported-field', ofFrames, 'leave them out, or send the frames');
}

export const kindOf = (clip: Clip): MediaReference['kind'] => (isPicture(clip) ? 'image' : 'video');

function requireKind(clip: Clip, { kind }: MediaReference): void {
  const found = kindOf(clip);
  if (found === kind) return;
  const other = found === 'image' ? 'a picture' : 'a video';
  throw badRequest(`the file is ${other}`, 'media-kind', undefined, `send it as ${found}_url`);
}
