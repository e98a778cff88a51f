// A media file under a profile becomes a Clip: sampled, resized frames. What every consumer downstream calls.
// Leaves out: patches and normalisation (models/), where media roots are (data/).

import { inspectFile } from './container.ts';
import { decodeClip } from './decode.ts';
import type { Clip, Frame } from './frame.ts';
import { decodeImage } from './image.ts';
import { profileFrameSize, profileImageSize, type VideoProfile } from './profile.ts';
import { resizeFrame } from './resize.ts';

export interface LoadOptions {
  /** Milliseconds until 'media-timeout'; default 60,000. */
  readonly timeoutMs?: number;
  /** Pixels of a picture or of a frame as it is in the file, at most; default: any number. */
  readonly maxPixels?: number;
}

/**
 * Loads a video (profile.nframes frames, uniformly, repeated if there are fewer) or a picture (one frame, fps 0, source
 * frames 1), told apart by content. Each frame is resized as it is decoded, so full-size frames are never all in memory.
 * Arithmetic as in qwen-vl-utils: video frames by torchvision's rule, pictures by Pillow's.
 * @throws VideorftError as decodeClip and decodeImage
 */
export async function loadClip(path: string, profile: VideoProfile, options: LoadOptions = {}): Promise<Clip> {
  const { kind } = await inspectFile(path);
  if (kind === 'image') return imageClip(await decodeImage(path, options), profile);
  return decodeClip(
    path,
    { nframes: profile.nframes },
    {
      ...options,
      transform: (frame) => {
        const [height, width] = profileFrameSize(profile, frame.height, frame.width);
        return resizeFrame(frame, height, width, profile.resample, 'torchvision');
      },
    },
  );
}

function imageClip(frame: Frame, profile: VideoProfile): Clip {
  const [height, width] = profileImageSize(profile, frame.height, frame.width);
  const resized = resizeFrame(frame, height, width, profile.resample, 'pillow');
  return { frames: [resized], sampledFps: 0, sourceFps: 0, sourceFrames: 1, durationSeconds: 0, indices: [0] };
}
