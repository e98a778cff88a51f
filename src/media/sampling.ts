// Which frames of a video are looked at: pure functions with the names and semantics of qwen-vl-utils
// (QwenLM/Qwen3-VL, qwen-vl-utils/src/qwen_vl_utils/vision_process.py).
// Leaves out: decoding (decode.ts) and sizes (resize.ts).

/** A temporal patch of Qwen2-VL and Qwen2.5-VL spans two frames, so counts are even. */
export const FRAME_FACTOR = 2;
export const FPS = 2;
export const FPS_MIN_FRAMES = 4;
export const FPS_MAX_FRAMES = 768;

/** Python's `round`: to the nearest integer, ties to the even one. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `round_by_factor`: the multiple of `factor` nearest to x (ties to the even multiple). */
export const roundByFactor = (x: number, factor: number): number => roundHalfEven(x / factor) * factor;

/** `ceil_by_factor`: the smallest multiple of `factor` that is at least x. */
export const ceilByFactor = (x: number, factor: number): number => Math.ceil(x / factor) * factor;

/** `floor_by_factor`: the largest multiple of `factor` that is at most x. */
export const floorByFactor = (x: number, factor: number): number => Math.floor(x / factor) * factor;

/** Either a fixed number of frames, or a rate with bounds. */
export type FrameBudget =
  | { readonly nframes: number }
  | { readonly fps?: number; readonly minFrames?: number; readonly maxFrames?: number };

/**
 * `smart_nframes`: how many frames to sample, always an even number ≥ FRAME_FACTOR.
 * Fixed: `nframes` rounded to the factor. By rate: duration · fps within [minFrames, maxFrames] and the frames there are,
 * rounded down. Unlike the reference, which raises ValueError when a clip is shorter than the request, this returns the
 * request: `frameIndices` then repeats frames (see there), so a short clip is never an error.
 */
export function smartNframes(budget: FrameBudget, totalFrames: number, videoFps: number): number {
  if ('nframes' in budget) return Math.max(FRAME_FACTOR, roundByFactor(budget.nframes, FRAME_FACTOR));
  const minFrames = ceilByFactor(budget.minFrames ?? FPS_MIN_FRAMES, FRAME_FACTOR);
  const maxFrames = floorByFactor(budget.maxFrames ?? Math.min(FPS_MAX_FRAMES, totalFrames), FRAME_FACTOR);
  const wanted = (totalFrames / videoFps) * (budget.fps ?? FPS);
  const bounded = Math.min(Math.min(Math.max(wanted, minFrames), maxFrames), totalFrames);
  return Math.max(FRAME_FACTOR, floorByFactor(bounded, FRAME_FACTOR));
}

/**
 * `torch.linspace(0, total − 1, n).round()`: n source indices, first and last frame included, in float32 as torch
 * computes it (from the start in the first half, from the end in the second), ties to even.
 * n > total repeats frames in order (16 of 5: 0 0 1 1 1 1 2 …); n = 1 is the first frame; total < 1 gives nothing.
 */
export function frameIndices(total: number, n: number): number[] {
  if (total < 1 || n < 1) return [];
  if (n === 1) return [0];
  const end = Math.fround(total - 1);
  const step = Math.fround(end / Math.fround(n - 1));
  const half = Math.floor(n / 2);
  const at = (i: number) => (i < half ? step * i : end - Math.fround(step * (n - 1 - i)));
  return Array.from({ length: n }, (_, i) => roundHalfEven(Math.fround(at(i))));
}

/** Part of a video in seconds; a missing end is the video's own. */
export interface TimeWindow {
  readonly start?: number;
  readonly end?: number;
}

/**
 * The source frames of a window: those from round(start · fps) to round(end · fps), both included, as MVBench's loader takes them (ties to
 * even, as Python rounds). Undefined where the window begins behind the last frame or ends before it begins.
 */
export function windowFrames(
  total: number,
  fps: number,
  { start = 0, end = Number.POSITIVE_INFINITY }: TimeWindow = {},
): { readonly first: number; readonly count: number } | undefined {
  const first = Math.max(0, roundHalfEven(start * fps));
  const last = end === Number.POSITIVE_INFINITY ? total - 1 : Math.min(roundHalfEven(end * fps), total - 1);
  return start <= end && last >= first ? { first, count: last - first + 1 } : undefined;
}

/** Seconds of n moments spread evenly over a clip of `durationSeconds`, each in the middle of its share. */
export function uniformTimes(durationSeconds: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => ((i + 0.5) * durationSeconds) / n);
}

/** `sample_fps` of the reference: the rate of n frames taken from `totalFrames` frames at `videoFps`. */
export function sampledFps(n: number, totalFrames: number, videoFps: number): number {
  return (n / Math.max(totalFrames, 1e-6)) * videoFps;
}
