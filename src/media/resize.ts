// Target sizes for Qwen-VL pictures (smart_resize, the video pixel budget) and resizing of frames to them.
// Leaves out: the resampling arithmetic (resample.ts) and the named profiles (profile.ts).

import { VideorftError } from '../base/errors.ts';
import type { Frame } from './frame.ts';
import { type ResampleArithmetic, type ResampleMethod, resampleRgb } from './resample.ts';
import { FRAME_FACTOR, roundHalfEven } from './sampling.ts';

/** Patch 14 × spatial merge 2: both sides of a picture are multiples of it. */
export const IMAGE_FACTOR = 28;
export const MAX_RATIO = 200;
/** Defaults of `smart_resize` in transformers' qwen2_vl image processor. */
export const MIN_PIXELS = 56 * 56;
export const MAX_PIXELS = 14 * 14 * 4 * 1280;
/** Per-frame bounds and the budget of a whole video in qwen-vl-utils (0.0.8, the one Qwen2.5-VL was released with). */
export const VIDEO_MIN_PIXELS = 128 * 28 * 28;
export const VIDEO_MAX_PIXELS = 768 * 28 * 28;
export const VIDEO_TOTAL_PIXELS = 24576 * 28 * 28;

export interface SmartResizeOptions {
  readonly factor?: number;
  readonly minPixels?: number;
  readonly maxPixels?: number;
}

/**
 * `smart_resize` (transformers, models/qwen2_vl/image_processing_qwen2_vl.py): the size nearest to height × width whose
 * sides are multiples of `factor` and whose area lies in [minPixels, maxPixels], keeping the aspect ratio as far as that
 * allows.
 * @returns [height, width] in pixels
 * @throws VideorftError 'media-aspect-ratio' when one side is more than 200 times the other
 */
export function smartResize(height: number, width: number, options: SmartResizeOptions = {}): [number, number] {
  const { factor = IMAGE_FACTOR, minPixels = MIN_PIXELS, maxPixels = MAX_PIXELS } = options;
  const ratio = Math.max(height, width) / Math.min(height, width);
  if (!(ratio <= MAX_RATIO)) {
    throw new VideorftError(`absolute aspect ratio must be smaller than ${MAX_RATIO}, got ${ratio}`, {
      code: 'media-aspect-ratio',
      facts: { height, width },
      fix: 'Crop the picture, or leave the sample out.',
    });
  }
  const rounded = [roundHalfEven(height / factor) * factor, roundHalfEven(width / factor) * factor] as const;
  if (rounded[0] * rounded[1] > maxPixels) {
    const beta = Math.sqrt((height * width) / maxPixels);
    const shrink = (side: number) => Math.max(factor, Math.floor(side / beta / factor) * factor);
    return [shrink(height), shrink(width)];
  }
  if (rounded[0] * rounded[1] < minPixels) {
    const beta = Math.sqrt(minPixels / (height * width));
    const grow = (side: number) => Math.ceil((side * beta) / factor) * factor;
    return [grow(height), grow(width)];
  }
  return [...rounded];
}

export interface VideoPixelBudget {
  /** Per-frame minimum (VIDEO_MIN_PIXELS). */
  readonly minPixels?: number;
  /** Per-frame maximum (VIDEO_MAX_PIXELS). */
  readonly maxPixels?: number;
  /** Pixels of all frames together (VIDEO_TOTAL_PIXELS); two frames share one temporal patch. */
  readonly totalPixels?: number;
}

/**
 * The effective per-frame maximum of `fetch_video` in qwen-vl-utils:
 * max(min(VIDEO_MAX, total / nframes · FRAME_FACTOR), ⌊min · 1.05⌋).
 * With min = max the last term wins, so the effective maximum is 1.05 × the constant: 105,369 for 128·28·28 and 210,739
 * for 256·28·28 (METHOD.md, section 3).
 */
export function videoMaxPixels(nframes: number, budget: VideoPixelBudget = {}): number {
  const { minPixels = VIDEO_MIN_PIXELS, maxPixels = VIDEO_MAX_PIXELS, totalPixels = VIDEO_TOTAL_PIXELS } = budget;
  return Math.max(Math.min(maxPixels, (totalPixels / nframes) * FRAME_FACTOR), Math.floor(minPixels * 1.05));
}

/** `smart_resize` under the video budget: the size of every frame of a clip of `nframes` frames, [height, width]. */
export function videoFrameSize(
  height: number,
  width: number,
  nframes: number,
  budget: VideoPixelBudget & { readonly factor?: number } = {},
): [number, number] {
  return smartResize(height, width, {
    factor: budget.factor,
    minPixels: budget.minPixels ?? VIDEO_MIN_PIXELS,
    maxPixels: videoMaxPixels(nframes, budget),
  });
}

/**
 * A frame at height × width pixels, in the arithmetic of Pillow or torchvision (see resample.ts). The same size returns the
 * same frame, uncopied.
 */
export function resizeFrame(
  frame: Frame,
  height: number,
  width: number,
  method: ResampleMethod = 'bicubic',
  arithmetic: ResampleArithmetic = 'pillow',
): Frame {
  if (frame.height === height && frame.width === width) return frame;
  const data = resampleRgb(frame.data, [frame.height, frame.width], [height, width], method, arithmetic);
  return { width, height, data, time: frame.time };
}
