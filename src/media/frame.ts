// A decoded picture: the currency between decoding, processors and reports.

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** RGB, 8 bits each, row-major: length = width · height · 3. */
  readonly data: Uint8Array;
  /** Presentation time in seconds from the start of the stream; 0 for an image. */
  readonly time: number;
}

/** Frames sampled from one video (or one image: a single frame, fps 0). */
export interface Clip {
  readonly frames: readonly Frame[];
  /** Frames per second of the *sampled* frames: what second_per_grid_ts is computed from. */
  readonly sampledFps: number;
  /** Source facts. */
  readonly sourceFps: number;
  readonly sourceFrames: number;
  readonly durationSeconds: number;
  /** Source frame indices that were taken. */
  readonly indices: readonly number[];
}

/** A picture is one frame without a rate (load.ts). */
export const isPicture = (clip: Clip): boolean => clip.sampledFps === 0 && clip.frames.length === 1;
