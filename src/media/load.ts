// A media file under a profile becomes a Clip: sampled, resized frames. What every consumer downstream calls.
// Leaves out: patches and normalisation (models/), where media roots are (data/).

import { VideorftError } from '../base/errors.ts';
import { inspectFile } from './container.ts';
import { decodeClip } from './decode.ts';
import { mediaError } from './errors.ts';
import type { Clip, Frame } from './frame.ts';
import { decodeImage } from './image.ts';
import { profileBudget, profileFrameSize, profileImageSize, type VideoProfile } from './profile.ts';
import { MAX_RATIO, resizeFrame } from './resize.ts';
import type { TimeWindow } from './sampling.ts';

export interface LoadOptions {
  /** Milliseconds until 'media-timeout'; default 60,000. */
  readonly timeoutMs?: number;
  /** Pixels of a picture or of a frame as it is in the file, at most; default: any number. */
  readonly maxPixels?: number;
  /** Threads that a video is decoded with; default 1, as clips decode side by side. */
  readonly threads?: number;
  /** As decodeClip's. */
  readonly inPlace?: boolean;
  /** The part of a video that frames are sampled from; default: all of it. */
  readonly window?: TimeWindow;
}

/**
 * Loads a video (profile.nframes frames, uniformly, repeated if there are fewer) or a picture (one frame, fps 0, source
 * frames 1), told apart by content. Each frame is resized as it is decoded, so full-size frames are never all in memory.
 * Arithmetic as in qwen-vl-utils: video frames by torchvision's rule, pictures by Pillow's.
 * @throws VideorftError as decodeClip and decodeImage; 'media-aspect-ratio' for a shape that smart_resize refuses
 */
export async function loadClip(path: string, profile: VideoProfile, options: LoadOptions = {}): Promise<Clip> {
  const { kind } = await inspectFile(path);
  if (kind === 'image') return imageClip(path, await decodeImage(path, options), profile);
  return decodeClip(path, profileBudget(profile), {
    ...options,
    transform: (frame) => {
      const [height, width] = sized(path, frame, profile, profileFrameSize);
      return resizeFrame(frame, height, width, profile.resample, 'torchvision');
    },
  });
}

/** A frame's size under the profile; a shape that is refused is an error about the file. */
export function sized(path: string, { height, width }: Frame, profile: VideoProfile, rule: typeof profileFrameSize) {
  try {
    return rule(profile, height, width);
  } catch (cause) {
    if (!(cause instanceof VideorftError && cause.code === 'media-aspect-ratio')) throw cause;
    const message = `one side may be at most ${MAX_RATIO} times the other, but it is ${width} × ${height} pixels`;
    throw mediaError('media-aspect-ratio', path, message, { facts: { width, height, limit: MAX_RATIO }, cause });
  }
}

function imageClip(path: string, frame: Frame, profile: VideoProfile): Clip {
  const [height, width] = sized(path, frame, profile, profileImageSize);
  const resized = resizeFrame(frame, height, width, profile.resample, 'pillow');
  return { frames: [resized], sampledFps: 0, sourceFps: 0, sourceFrames: 1, durationSeconds: 0, indices: [0] };
}
