// Named ways of looking at a video: how many frames, how many pixels each. Every number has its source.
// Leaves out: decoding by profile (load.ts).

import type { ResampleMethod } from './resample.ts';
import { IMAGE_FACTOR, smartResize, videoFrameSize } from './resize.ts';
import { FPS, type FrameBudget } from './sampling.ts';

/** Field names as in the configuration files of the field. */
export interface VideoProfile {
  readonly name: string;
  /** Frames sampled uniformly from the whole clip, first and last included. */
  readonly nframes: number;
  /** Least pixels per frame: smaller frames are upscaled. */
  readonly min_pixels: number;
  /** Most pixels per frame before the 1.05 rule (see videoMaxPixels). */
  readonly max_pixels: number;
  readonly resample: ResampleMethod;
  /** A clip of fewer frames than nframes: repeat some (default), or take those there are, an even number (qwen-vl-utils by rate). */
  readonly short?: 'repeat' | 'fewer';
}

/** What `decodeClip` is asked for under the profile. */
export const profileBudget = ({ nframes, short }: VideoProfile): FrameBudget =>
  short === 'fewer' ? { fps: FPS, minFrames: nframes, maxFrames: nframes } : { nframes };

/** Training of the paper: 16 frames of 128·28·28 pixels (METHOD.md section 3); effective maximum 105,369. */
export const paperTrain: VideoProfile = {
  name: 'paperTrain',
  nframes: 16,
  min_pixels: 128 * 28 * 28,
  max_pixels: 128 * 28 * 28,
  resample: 'bicubic',
};

/** Inference of the paper: 32 frames of 256·28·28 pixels (METHOD.md section 3); effective maximum 210,739. */
export const paperEval: VideoProfile = {
  name: 'paperEval',
  nframes: 32,
  min_pixels: 256 * 28 * 28,
  max_pixels: 256 * 28 * 28,
  resample: 'bicubic',
};

/** The micro-world: 8 frames of 84 × 84, which are generated at that size and pass through unresized. */
export const micro: VideoProfile = {
  name: 'micro',
  nframes: 8,
  min_pixels: 84 * 84,
  max_pixels: 84 * 84,
  resample: 'bicubic',
};

export const profiles: Readonly<Record<string, VideoProfile>> = { paperTrain, paperEval, micro };

/** [height, width] of every frame of a video of height × width pixels under the profile. */
export function profileFrameSize(profile: VideoProfile, height: number, width: number): [number, number] {
  return videoFrameSize(height, width, profile.nframes, {
    minPixels: profile.min_pixels,
    maxPixels: profile.max_pixels,
    factor: IMAGE_FACTOR,
  });
}

/** [height, width] of a still image under the profile: the same budget for its one picture, by plain smart_resize. */
export function profileImageSize(profile: VideoProfile, height: number, width: number): [number, number] {
  return smartResize(height, width, {
    factor: IMAGE_FACTOR,
    minPixels: profile.min_pixels,
    maxPixels: Math.floor(profile.max_pixels * 1.05),
  });
}
