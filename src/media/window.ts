// The part of one video that frames are sampled from, or an error that names the video. Leaves out: the arithmetic (sampling.ts).
import { mediaError } from './errors.ts';
import type { VideoInfo } from './open.ts';
import { type TimeWindow, windowFrames } from './sampling.ts';

export type Part = NonNullable<ReturnType<typeof windowFrames>>;

/** @throws VideorftError 'media-window' where the window holds no frame of the video */
export function requiredPart(
  path: string,
  { frameCount, fps, durationSeconds }: Pick<VideoInfo, 'frameCount' | 'fps' | 'durationSeconds'>,
  window: TimeWindow = {},
): Part {
  const part = windowFrames(frameCount, fps, window);
  if (part) return part;
  const { start = 0, end } = window;
  const message = `no frame between ${start} s and ${end ?? 'the end'}${end === undefined ? '' : ' s'}: the video lasts ${durationSeconds.toFixed(2)} s`;
  throw mediaError('media-window', path, message, { facts: { start, end, durationSeconds } });
}
