// A video kept as a folder of pictures, one per frame, as TVQA's in MVBench, becomes a Clip like any other.
// Leaves out: guessing the rate, which the folder does not tell.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaError } from './errors.ts';
import type { Clip, Frame } from './frame.ts';
import { decodeImage } from './image.ts';
import { type LoadOptions, sized } from './load.ts';
import { profileBudget, profileFrameSize, type VideoProfile } from './profile.ts';
import { resizeFrame } from './resize.ts';
import { frameIndices, sampledFps, smartNframes } from './sampling.ts';
import { requiredPart } from './window.ts';

const PICTURE = /\.(?:jpe?g|png|webp)$/i;

/** Names of the pictures in a folder of frames, in the order of their numbers; at least one. Throws media-missing, media-empty. */
export async function framePictures(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((cause: unknown) => {
    throw mediaError('media-missing', dir, 'no such folder of frames', { cause });
  });
  const found = names.filter((name) => PICTURE.test(name));
  if (found.length === 0) throw mediaError('media-empty', dir, 'the folder holds no pictures');
  return found.sort(new Intl.Collator('en', { numeric: true }).compare);
}

/**
 * A video kept as a folder of pictures, one per frame, in the order of their numbers: sampled and resized as a video of that rate would be.
 * @throws VideorftError media-missing, media-empty, media-window; as decodeImage for a picture that cannot be used
 */
export async function loadFrameFolder(
  dir: string,
  profile: VideoProfile,
  { fps, window, maxPixels }: Pick<LoadOptions, 'window' | 'maxPixels'> & { readonly fps: number },
): Promise<Clip> {
  const names = await framePictures(dir);
  const durationSeconds = names.length / fps;
  const part = requiredPart(dir, { frameCount: names.length, fps, durationSeconds }, window);
  const indices = frameIndices(part.count, smartNframes(profileBudget(profile), part.count, fps)).map(
    (i) => part.first + i,
  );
  const frames = new Map<number, Frame>();
  for (const index of new Set(indices)) {
    const path = join(dir, names[index]);
    const frame = await decodeImage(path, { maxPixels });
    const [height, width] = sized(path, frame, profile, profileFrameSize);
    frames.set(index, { ...resizeFrame(frame, height, width, profile.resample, 'torchvision'), time: index / fps });
  }
  return {
    frames: indices.map((index) => frames.get(index) as Frame),
    sampledFps: sampledFps(indices.length, part.count, fps),
    sourceFps: fps,
    sourceFrames: names.length,
    durationSeconds,
    indices,
  };
}
