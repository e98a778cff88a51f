// RGB frames → H.264 in mp4 (yuv420p, index in front), written atomically; the same frames give the same bytes.
// Leaves out: sound, other codecs, odd sizes (4:2:0 needs even ones).

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { loadAv } from './av.ts';
import { Mp4Encoder } from './encoder.ts';
import { mediaError } from './errors.ts';

/** Pixels of one picture: RGB, 8 bits, row-major; a Frame is one. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface EncodeOptions {
  /** Frames per second; 29.97 and its like become 30000/1001. */
  readonly fps: number;
  /** x264 constant rate factor: 0 lossless … 51 worst; default 18. */
  readonly crf?: number;
}

export const DEFAULT_CRF = 18;

/**
 * Writes `frames` (one even size, at least one frame) as `path`. The file appears complete or not at all: it is written
 * beside its place and renamed; the folder is created when missing.
 * @throws VideorftError 'media-encode' naming the frame that does not fit, or with FFmpeg's reason
 */
export async function encodeVideo(path: string, frames: readonly RgbPicture[], options: EncodeOptions): Promise<void> {
  checkFrames(path, frames, options);
  await throughDraft(path, (draft) => writeMp4(draft, path, frames, options));
}

/** The file that `write` makes is put in its place when it is whole; the folder is created when missing. */
export async function throughDraft(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await write(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The same mp4 as bytes (written through a temporary file: moving the index to the front needs one). */
export async function encodeVideoToBuffer(frames: readonly RgbPicture[], options: EncodeOptions): Promise<Uint8Array> {
  const path = join(tmpdir(), `videorft-${randomBytes(8).toString('hex')}.mp4`);
  try {
    await encodeVideo(path, frames, options);
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } finally {
    await rm(path, { force: true });
  }
}

async function writeMp4(
  file: string,
  path: string,
  frames: readonly RgbPicture[],
  options: EncodeOptions,
): Promise<void> {
  const { width, height } = frames[0];
  const encoder = new Mp4Encoder(await loadAv(), {
    file,
    path,
    width,
    height,
    ...rationalFps(options.fps),
    crf: options.crf ?? DEFAULT_CRF,
  });
  try {
    await encoder.open();
    for (const frame of frames) await encoder.write(frame.data);
    await encoder.finish();
  } finally {
    await encoder.close();
  }
}

function checkFrames(path: string, frames: readonly RgbPicture[], { fps, crf = DEFAULT_CRF }: EncodeOptions): void {
  if (!(fps > 0 && fps <= 1000))
    throw mediaError('media-encode', path, `fps must be in (0, 1000], got ${fps}`, { fix: 'Pass a positive fps.' });
  if (!(crf >= 0 && crf <= 51))
    throw mediaError('media-encode', path, `crf must be in [0, 51], got ${crf}`, { fix: 'Pass a crf from 0 to 51.' });
  if (frames.length === 0) throw mediaError('media-encode', path, 'there are no frames to encode');
  const { width, height } = frames[0];
  if (width < 2 || height < 2 || width % 2 !== 0 || height % 2 !== 0) {
    throw mediaError('media-encode', path, `width and height must be even, got ${width}×${height}`, {
      facts: { width, height },
    });
  }
  frames.forEach((frame, index) => {
    if (frame.width === width && frame.height === height && frame.data.length === width * height * 3) return;
    const got = `${frame.width}×${frame.height} with ${frame.data.length} bytes`;
    throw mediaError('media-encode', path, `frame ${index} is ${got}, frame 0 is ${width}×${height}`, {
      facts: { frame: index },
    });
  });
}

/** Frames per second as a fraction: broadcast rates (k · 1000/1001) exactly, others to a thousandth. */
export function rationalFps(fps: number): { readonly fpsNum: number; readonly fpsDen: number } {
  const whole = Math.round(fps);
  if (Math.abs(fps - whole) < 1e-6) return { fpsNum: whole, fpsDen: 1 };
  const broadcast = Math.round(fps * 1.001);
  if (Math.abs(fps - broadcast / 1.001) < 0.005) return { fpsNum: broadcast * 1000, fpsDen: 1001 };
  return { fpsNum: Math.round(fps * 1000), fpsDen: 1000 };
}
