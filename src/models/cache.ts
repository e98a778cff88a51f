// Key/value caches of a batch in host memory, [rows, Hkv, capacity, D] per layer, written in place by the graphs.
// Copies rows between caches: a prompt's row to its G completions, and the survivors of a batch to a smaller one.
import { type Buffer, createBuffer } from '../engine/index.ts';

export interface KvCache {
  readonly rows: number;
  readonly capacity: number;
  /** Feeds k0, v0, k1, v1, … */
  readonly feeds: Record<string, Buffer>;
}

export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

export function createCache({ layers, kvHeads, headDim }: CacheShape, rows: number, capacity: number): KvCache {
  const feeds: Record<string, Buffer> = {};
  for (let i = 0; i < layers; i++) {
    feeds[`k${i}`] = createBuffer('f32', [rows, kvHeads, capacity, headDim]);
    feeds[`v${i}`] = createBuffer('f32', [rows, kvHeads, capacity, headDim]);
  }
  return { rows, capacity, feeds };
}

/** Copies the first `lengths[i]` tokens of row `from[i]` of `source` to row i of `target`. */
export function copyRows(source: KvCache, target: KvCache, from: readonly number[], lengths: readonly number[]): void {
  for (const [name, s] of Object.entries(source.feeds)) {
    const t = target.feeds[name];
    const [, heads, , dim] = s.shape;
    const [src, dst] = [s.data as Float32Array, t.data as Float32Array];
    from.forEach((row, i) => {
      for (let h = 0; h < heads; h++) {
        const a = (row * heads + h) * source.capacity * dim;
        dst.set(src.subarray(a, a + lengths[i] * dim), (i * heads + h) * target.capacity * dim);
      }
    });
  }
}
