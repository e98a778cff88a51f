// Made-up clips for the tests of media/: a coloured square moving right over a dark ground, 84 × 84 unless told.
// Leaves out: the real micro-world (world/).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { sha256 } from '../../src/base/hash.ts';
import { type Watch, withDeadline } from '../../src/media/deadline.ts';
import type { RgbPicture } from '../../src/media/encode.ts';
import type { Frame } from '../../src/media/frame.ts';
import { openSource, type Source } from '../../src/media/open.ts';

/** n frames; frame i has the red square's left edge at x = 4 + i, so frames can be told apart. */
export function movingSquare(n: number, width = 84, height = 84): RgbPicture[] {
  return Array.from({ length: n }, (_, i) => {
    const data = new Uint8Array(width * height * 3);
    for (let p = 0; p < data.length; p += 3) data.set([24, 24, 28], p);
    for (let y = 20; y < Math.min(height, 40); y++) {
      for (let x = 4 + i; x < Math.min(width, 24 + i); x++) data.set([230, 50, 50], (y * width + x) * 3);
    }
    return { width, height, data };
  });
}

/** Leftmost column of row y that is clearly red: where the square of movingSquare stands. */
export function squareLeft({ width, data }: RgbPicture, y = 30): number {
  for (let x = 0; x < width; x++) if (data[(y * width + x) * 3] > 127) return x;
  return -1;
}

/** A folder that is removed after the test file. */
export async function scratchFolder(): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'videorft-media-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** What `use` makes of the open file. */
export const fromSource = <T>(path: string, use: (source: Source, watch: Watch) => Promise<T>): Promise<T> =>
  withDeadline(path, 30_000, async (watch) => {
    const source = await openSource(path, watch);
    return use(source, watch).finally(source.close);
  });

/** A frame's time and a hash of its pixels: quick to compare. */
export const told = (frame: Frame | undefined) => frame && { time: frame.time, pixels: sha256(frame.data) };
