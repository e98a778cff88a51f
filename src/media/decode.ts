// Video → RGB frames with their true presentation times: one sequential pass, stopped after the last frame that is needed.
// Of H.264 in mp4, pictures that are neither wanted nor needed are left out. Leaves out: seeking (a pass is exact and, for the clips of this field, fast), sound, resizing (pass `transform`).

import { DEFAULT_TIMEOUT_MS, type Watch, withDeadline } from './deadline.ts';
import { type DecodePass, runDecodePass, runSkippingPass } from './decoder.ts';
import { mediaError, tooManyPixels } from './errors.ts';
import type { Clip, Frame } from './frame.ts';
import { type CountedBy, countedInfo, damageError, openSource, type Source, type VideoInfo } from './open.ts';
import { type FrameBudget, frameIndices, sampledFps, smartNframes, type TimeWindow } from './sampling.ts';
import { type Part, requiredPart } from './window.ts';

/** Which frames: exact source indices (any order, repeats allowed), or a budget sampled uniformly (smartNframes). */
export type FrameRequest = { readonly indices: readonly number[] } | FrameBudget;

export interface DecodeOptions {
  /** Milliseconds until 'media-timeout'; default 60,000. */
  readonly timeoutMs?: number;
  /** Pixels of a frame of the source at most; default: any number. */
  readonly maxPixels?: number;
  /** Only this part is sampled (a budget's frames are spread over it; exact indices are not touched). Default: the whole video. */
  readonly window?: TimeWindow;
  /** Threads of the decoder; default 1, as clips decode side by side. */
  readonly threads?: number;
  /** The decoder works on the calling thread, for one that has nothing else to do; else in the pool of Node, except for small pictures. */
  readonly inPlace?: boolean;
  /** Applied to each wanted frame as it is decoded, so that full-size frames need not be held. */
  readonly transform?: (frame: Frame) => Frame;
}

export interface DecodedClip extends Clip {
  readonly codec: string;
  /** How sourceFrames was obtained. */
  readonly countedBy: CountedBy;
  /** Where the file contradicts itself, in words; empty for a sound file. */
  readonly notes: readonly string[];
}

/**
 * Decodes the requested frames of a video.
 * The number of frames comes from the sample table (mp4, mov) or from counting packets; where decoding then yields fewer,
 * the indices are chosen again from the decoded count and `notes` says so. Exact `indices` are counted by decoding.
 * @throws VideorftError media-missing, -empty, -not-video, -no-video-stream; media-truncated with how many of how many frames
 * exist; media-decode; media-index-range; media-too-large; media-timeout
 */
export function decodeClip(path: string, request: FrameRequest, options: DecodeOptions = {}): Promise<DecodedClip> {
  return withDeadline(path, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, async (watch) => {
    const { source, info } = await openCounted(path, watch);
    if (info.width * info.height > (options.maxPixels ?? Number.POSITIVE_INFINITY)) {
      await source.close();
      throw tooManyPixels(path, info.width, info.height, options.maxPixels);
    }
    const part = await partOrClose(source, info, options.window);
    const wanted = wantedIndices(request, part, info.fps);
    const pass = await firstPass(source, info, wanted, options, watch);
    if (wanted.every((index) => pass.frames.has(index))) return assemble(info, request, wanted, pass, part.count);
    await refuseShortfall(source, request, info, pass);
    const counted: VideoInfo = {
      ...info,
      frameCount: pass.decoded,
      countedBy: 'decoding',
      notes: [...info.notes, `${info.frameCount} frames expected, ${pass.decoded} decoded`],
    };
    const left = requiredPart(path, counted, options.window);
    const again = wantedIndices(request, left, info.fps);
    const second = await passAndClose(await openSource(path, watch), again, options, watch);
    return assemble(counted, request, again, second, left.count);
  });
}

/** Counting packets spends a source, so such a file is opened a second time. */
async function openCounted(path: string, watch: Watch): Promise<{ source: Source; info: VideoInfo }> {
  const source = await openSource(path, watch);
  let info: VideoInfo;
  try {
    info = await countedInfo(source, watch);
  } catch (error) {
    await source.close();
    throw error;
  }
  if (info.countedBy === 'container') return { source, info };
  await source.close();
  return { source: await openSource(path, watch), info };
}

/** Decodes what is wanted and needed where that is certain to give the same frames as decoding everything of a sound file, else everything. */
async function firstPass(
  source: Source,
  info: VideoInfo,
  indices: readonly number[],
  options: DecodeOptions,
  watch: Watch,
): Promise<DecodePass> {
  const { transform, threads, inPlace } = options;
  const timesAreTold = info.codec === 'h264' && info.countedBy === 'container' && !source.small;
  const sparse = new Set(indices).size * 2 < indices.reduce((a, b) => Math.max(a, b), 0);
  if (!timesAreTold || !sparse) return passAndClose(source, indices, options, watch);
  const quick = await runSkippingPass(source, indices, watch, { transform, threads, inPlace }).finally(source.close);
  return quick ?? passAndClose(await openSource(source.path, watch), indices, options, watch);
}

async function passAndClose(
  source: Source,
  indices: readonly number[],
  options: DecodeOptions,
  watch: Watch,
): Promise<DecodePass> {
  try {
    return await runDecodePass(source, indices, watch, options);
  } finally {
    await source.close();
  }
}

async function partOrClose(source: Source, info: VideoInfo, window: TimeWindow | undefined): Promise<Part> {
  try {
    return requiredPart(source.path, info, window);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function wantedIndices(request: FrameRequest, { first, count }: Part, fps: number): readonly number[] {
  if ('indices' in request) return request.indices;
  return frameIndices(count, smartNframes(request, count, fps)).map((index) => first + index);
}

/** A few lost frames are a note, more are an error. */
const TOLERATED_LOSS = 0.1;

/** Fewer frames than wanted: an error, unless the header merely overstated a sound file. */
async function refuseShortfall(
  source: Source,
  request: FrameRequest,
  info: VideoInfo,
  pass: DecodePass,
): Promise<void> {
  const facts = { decoded: pass.decoded, expected: info.frameCount, damaged: pass.damaged };
  const error = await damageError(source, `${pass.decoded} of ${info.frameCount} frames can be decoded`, facts);
  const lost = info.frameCount - pass.decoded;
  const tooFew = pass.decoded === 0 || (pass.damaged > 0 && lost > info.frameCount * TOLERATED_LOSS);
  if (tooFew || error.code === 'media-truncated') throw error;
  if ('indices' in request) {
    const message = `frame ${Math.max(...request.indices)} was asked for, the video has ${pass.decoded} (counted by decoding)`;
    throw mediaError('media-index-range', source.path, message, { facts });
  }
}

/** `sampled`: source frames of the part that the indices were spread over. */
function assemble(
  info: VideoInfo,
  request: FrameRequest,
  indices: readonly number[],
  pass: DecodePass,
  sampled: number,
): DecodedClip {
  const frames = indices.map((index) => pass.frames.get(index)!);
  const notes = pass.damaged > 0 ? [...info.notes, `${pass.damaged} packets or pictures are damaged`] : info.notes;
  return {
    frames,
    sampledFps: 'indices' in request ? spacingFps(frames, info.fps) : sampledFps(frames.length, sampled, info.fps),
    sourceFps: info.fps,
    sourceFrames: info.frameCount,
    durationSeconds: info.durationSeconds,
    indices,
    codec: info.codec,
    countedBy: info.countedBy,
    notes,
  };
}

/** Rate of arbitrarily chosen frames: one less than their number over the time between first and last. */
function spacingFps(frames: readonly Frame[], sourceFps: number): number {
  const span = frames.length > 1 ? frames[frames.length - 1].time - frames[0].time : 0;
  return span > 0 ? (frames.length - 1) / span : sourceFps;
}
