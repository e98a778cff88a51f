// Key/value caches of a batch in host memory, [rows, Hkv, capacity, D] per layer, written in place by the graphs.
// Copies rows between caches: prompts to the blocks that read them, and the survivors of a batch to a smaller one.
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

/** A row of one cache, the row of another that it goes to, and how many of its tokens. */
export interface RowCopy {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

export function copyRows(source: KvCache, target: KvCache, copies: readonly RowCopy[]): void {
  for (const [name, s] of Object.entries(source.feeds)) {
    const t = target.feeds[name];
    const [, heads, , dim] = s.shape;
    const [src, dst] = [s.data as Float32Array, t.data as Float32Array];
    for (const { from, to, length } of copies) {
      for (let h = 0; h < heads; h++) {
        const a = (from * heads + h) * source.capacity * dim;
        dst.set(src.subarray(a, a + length * dim), (to * heads + h) * target.capacity * dim);
      }
    }
  }
}
