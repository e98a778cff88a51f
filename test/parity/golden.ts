// Reads the golden fixtures of the models (fixtures/README.md says what is in them).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type SafeTensor, toFloat32 } from '../../src/base/safetensors.ts';
import type { Frame } from '../../src/media/frame.ts';

export const fixturePath = (...parts: string[]): string => join(import.meta.dirname, 'fixtures', ...parts);

export const goldenJson = <T>(...parts: string[]): T => JSON.parse(readFileSync(fixturePath(...parts), 'utf8')) as T;

export interface GoldenTensors {
  f32(name: string): Float32Array;
  /** Undefined where the fixture has no such tensor. */
  maybe(name: string): Float32Array | undefined;
  numbers(name: string): number[];
  shape(name: string): readonly number[];
  /** A u8 tensor [F, H, W, 3] or [H, W, 3] as frames. */
  frames(name: string): Frame[];
}

export async function goldenTensors(...parts: string[]): Promise<GoldenTensors> {
  const { tensors } = await readSafetensors(fixturePath(...parts));
  const get = (name: string): SafeTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`fixture ${parts.join('/')} has no tensor ${name}`);
    return tensor;
  };
  return {
    f32: (name) => toFloat32(get(name)),
    maybe: (name) => (tensors.has(name) ? toFloat32(get(name)) : undefined),
    numbers: (name) => Array.from(get(name).data as Int32Array),
    shape: (name) => get(name).shape,
    frames(name) {
      const { data, shape } = get(name);
      const [height, width] = shape.slice(-3);
      const bytes = height * width * 3;
      return Array.from({ length: data.length / bytes }, (_, f) => {
        return {
          width,
          height,
          time: f,
          data: Uint8Array.from(data.subarray(f * bytes, (f + 1) * bytes) as Uint8Array),
        };
      });
    },
  };
}

/** Largest absolute difference; infinite when the lengths differ. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= most)) most = d; // NaN counts
  }
  return most;
}

/** Largest cosine distance between rows of `width` numbers; infinite when the lengths differ. */
export function farthest(a: Float32Array, b: Float32Array, width: number): number {
  if (a.length !== b.length || a.length === 0) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let at = 0; at < a.length; at += width) {
    const [x, y] = [a.subarray(at, at + width), b.subarray(at, at + width)];
    const dot = x.reduce((sum, v, i) => sum + v * y[i], 0);
    const distance = Math.abs(1 - dot / (Math.hypot(...x) * Math.hypot(...y)));
    if (!(distance <= most)) most = distance; // NaN counts
  }
  return most;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** sha256 of numbers as int32, little-endian: `sha` in make/awkward.py. */
export const sha256OfInts = (numbers: ArrayLike<number>): string =>
  sha256(new Uint8Array(Int32Array.from(numbers).buffer));

/** The same pixels [height, width, 3] as `picture` in make/common.py. */
export function picture(height: number, width: number, seed: number): Uint8Array {
  const out = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const noise = (x * 7919 + y * 104729 + c * 1299709 + seed * 15485863) % 251;
        const ramp = Math.floor((x * 255) / Math.max(width - 1, 1));
        const edge = (Math.floor(x / 5) + Math.floor(y / 7)) % 2 === 0 ? 255 : 0;
        out[(y * width + x) * 3 + c] = [noise, ramp, edge][((x >> 3) + (y >> 3) + c) % 3];
      }
    }
  }
  return out;
}

/** `picture` as a frame. */
export const pictureFrame = (height: number, width: number, seed: number): Frame => ({
  width,
  height,
  time: 0,
  data: picture(height, width, seed),
});
