// A copy of a video that every browser plays: H.264 in mp4, upright, at a constant rate, each frame at its true time. Frame by frame, so a long
// video takes no more memory than a short one. Leaves out: sound, and deciding who needs a copy.
import { loadAv } from './av.ts';
import { withDeadline } from './deadline.ts';
import { decodeEachFrame } from './decoder.ts';
import { rationalFps, throughDraft } from './encode.ts';
import { Mp4Encoder } from './encoder.ts';
import type { Frame } from './frame.ts';
import { damageError, openSource, probe, type VideoInfo } from './open.ts';
import { resizeFrame } from './resize.ts';

export interface BrowserCopyOptions {
  /** Longest side in pixels; larger videos are shrunk. Default 1920. */
  readonly maxSide?: number;
  /** Milliseconds until 'media-timeout'; default ten minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Hears the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Frames a second of the copy: the video's own, between these. */
const [LEAST_FPS, MOST_FPS] = [10, 30];
const CRF = 23;

const even = (side: number) => Math.max(2, Math.round(side / 2) * 2);

/**
 * Writes the copy as `out`, complete or not at all.
 * @throws VideorftError as probe; media-decode without a single frame; media-encode; media-timeout; the signal's reason
 */
export async function browserCopy(path: string, out: string, options: BrowserCopyOptions = {}): Promise<void> {
  const info = await probe(path);
  await throughDraft(out, (draft) =>
    withDeadline(path, options.timeoutMs ?? 600_000, async (watch) => {
      const source = await openSource(path, watch);
      try {
        const writer = await CopyWriter.open(draft, out, info, options);
        try {
          const { decoded } = await decodeEachFrame(source, watch, (frame) => writer.take(frame));
          if (decoded === 0) throw await damageError(source, 'no frame can be decoded');
          await writer.finish();
        } finally {
          await writer.close();
        }
      } finally {
        await source.close();
      }
    }),
  );
}

/** Puts frames with times of their own onto the even grid of the copy: each slot shows the frame that is nearest before it. */
class CopyWriter {
  readonly #encoder: Mp4Encoder;
  readonly #fps: number;
  readonly #size: readonly [height: number, width: number];
  readonly #info: VideoInfo;
  readonly #options: BrowserCopyOptions;
  #slots = 0;
  #held: Frame | undefined;
  #gap = 0;

  private constructor(
    encoder: Mp4Encoder,
    fps: number,
    size: readonly [number, number],
    info: VideoInfo,
    options: BrowserCopyOptions,
  ) {
    this.#encoder = encoder;
    this.#fps = fps;
    this.#size = size;
    this.#info = info;
    this.#options = options;
  }

  static async open(file: string, path: string, info: VideoInfo, options: BrowserCopyOptions): Promise<CopyWriter> {
    const scale = Math.min(1, (options.maxSide ?? 1920) / Math.max(info.width, info.height));
    const [width, height] = [even(info.width * scale), even(info.height * scale)];
    const rate = rationalFps(Math.min(MOST_FPS, Math.max(LEAST_FPS, info.fps)));
    const encoder = new Mp4Encoder(await loadAv(), { file, path, width, height, ...rate, crf: CRF });
    await encoder.open();
    return new CopyWriter(encoder, rate.fpsNum / rate.fpsDen, [height, width], info, options);
  }

  async take(frame: Frame): Promise<void> {
    const { signal, onProgress } = this.#options;
    signal?.throwIfAborted();
    if (this.#held) {
      this.#gap = frame.time - this.#held.time;
      await this.#fillUntil(frame.time);
    }
    this.#held = resizeFrame(frame, ...this.#size, 'bilinear');
    onProgress?.(Math.min(1, frame.time / Math.max(this.#info.durationSeconds, frame.time, 1e-6)));
  }

  async finish(): Promise<void> {
    if (this.#held) await this.#fillUntil(this.#held.time + Math.max(this.#gap, 1 / this.#fps));
    await this.#encoder.finish();
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }

  /** Shows the held frame in all slots that begin before `time`. */
  async #fillUntil(time: number): Promise<void> {
    while ((this.#slots + 0.5) / this.#fps < time) {
      this.#options.signal?.throwIfAborted();
      await this.#encoder.write(this.#held!.data);
      this.#slots++;
    }
  }
}
