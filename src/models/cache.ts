// Key/value caches of a batch in host memory, [rows, Hkv, capacity, D] per layer: written in place by the graph that prefills, appended
// to here after each decoded token (an update in the graph would copy the whole cache: LOG.md, 2026-11-26). Copies rows between caches:
// prompts to the blocks that read them, and the survivors of a batch to a smaller one.
import { type Buffer, createBuffer, release } from '../engine/index.ts';

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

/** The next size divisible by `step`: every size is a program to compile. */
export const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;

export const cacheNames = (layers: number): string[] =>
  Array.from({ length: layers }, (_, i) => [`k${i}`, `v${i}`]).flat();

export function createCache({ layers, kvHeads, headDim }: CacheShape, rows: number, capacity: number): KvCache {
  const empty = (name: string) => [name, createBuffer('f32', [rows, kvHeads, capacity, headDim])] as const;
  return { rows, capacity, feeds: Object.fromEntries(cacheNames(layers).map(empty)) };
}

/** Gives back a GPU's memory of a cache that nobody will read. */
export const releaseCache = (cache: KvCache): void => release(Object.values(cache.feeds));

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

/** Writes one token of each row at `slots`[rows]; `tokens`: keys and values, `k0:new`, … [rows, Hkv, D]. */
export function appendTokens(cache: KvCache, tokens: Readonly<Record<string, Buffer>>, slots: readonly number[]): void {
  for (const [name, { shape, data }] of Object.entries(cache.feeds)) {
    const [, heads, capacity, dim] = shape;
    const [src, dst] = [tokens[`${name}:new`].data as Float32Array, data as Float32Array];
    slots.forEach((slot, row) => {
      for (let i = row * heads; i < (row + 1) * heads; i++)
        dst.set(src.subarray(i * dim, (i + 1) * dim), (i * capacity + slot) * dim);
    });
  }
}
