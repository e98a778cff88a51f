// Reads the golden fixtures of the models (fixtures/README.md says what is in them).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type SafeTensor, toFloat32 } from '../../src/base/safetensors.ts';
import type { Frame } from '../../src/media/frame.ts';

export const fixturePath = (...parts: string[]): string => join(import.meta.dirname, 'fixtures', ...parts);

export const goldenJson = <T>(...parts: string[]): T => JSON.parse(readFileSync(fixturePath(...parts), 'utf8')) as T;

export interface GoldenTensors {
  f32(name: string): Float32Array;
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
