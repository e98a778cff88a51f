// Frames of the samples' media as JPEG files, for trainers that read no videos: those of the paper's training profile, once for each medium.
// What is there already stays, so that an interrupted export goes on. Leaves out: which samples (samples.ts).
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { namesIfPresent, statIfPresent } from '../../base/if-present.ts';
import { mapPool } from '../../base/pool.ts';
import { createProgress } from '../../base/progress.ts';
import { mediaPath } from '../../data/index.ts';
import type { Sample } from '../../data/sample.ts';
import { type Clip, DecodePool, encodeJpeg, paperTrain } from '../../media/index.ts';
import type { Frames } from './engine.ts';

export interface FramesInput {
  readonly samples: readonly Sample[];
  readonly mediaRoot: string;
  /** The launch folder here, and the frames' folder below it. */
  readonly out: string;
  readonly below: string;
  readonly signal?: AbortSignal;
}

export interface FramesResult {
  /** By the sample's path. */
  readonly frames: ReadonlyMap<string, Frames>;
  readonly failed: ReadonlyMap<string, VideorftError>;
}

/** The folder is there whole or not at all. */
async function write(folder: string, clip: Clip): Promise<void> {
  const making = `${folder}.part`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  for (const [i, frame] of clip.frames.entries())
    await writeFile(join(making, `${String(i).padStart(2, '0')}.jpg`), await encodeJpeg(frame, 95));
  await rm(folder, { recursive: true, force: true });
  await rename(making, folder);
}

/** Named by where the file is, how large, and when it changed: another file is another folder. */
async function folderName(file: string, path: string): Promise<string> {
  const found = await statIfPresent(file);
  return sha256(`${path}\n${found?.size}\n${found?.mtimeMs}`).slice(0, 16);
}

export async function writeFrames({ samples, mediaRoot, out, below, signal }: FramesInput): Promise<FramesResult> {
  const media = [...new Map(samples.map((sample) => [sample.path, sample])).values()];
  const frames = new Map<string, Frames>();
  const failed = new Map<string, VideorftError>();
  const pool = new DecodePool();
  const bar = createProgress({ label: 'frames', total: media.length, unit: 'media' });
  const one = async (sample: Sample): Promise<void> => {
    const file = mediaPath(mediaRoot, sample);
    const name = await folderName(file, sample.path);
    const folder = join(out, below, name);
    let names = await namesIfPresent(folder);
    if (names.length > 0) bar.skip();
    else {
      await write(folder, await pool.decode({ path: file, profile: paperTrain, options: {} }, signal));
      names = await namesIfPresent(folder);
      bar.advance();
    }
    frames.set(
      sample.path,
      names.sort().map((each) => `${below}/${name}/${each}`),
    );
  };
  try {
    const settle = async (sample: Sample) => {
      await one(sample).catch((error: unknown) => {
        signal?.throwIfAborted();
        if (!(error instanceof VideorftError)) throw error;
        failed.set(sample.path, error);
      });
    };
    await mapPool(media, 4, settle, { signal });
  } finally {
    bar.finish();
    await pool.close();
  }
  return { frames, failed };
}
