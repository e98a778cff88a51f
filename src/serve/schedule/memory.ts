// How much memory decoding may need for keys and values, before any is taken. An upper bound: all rows of a batch have caches of one size.
// Leaves out: prompts that are kept for later (prompt-store.ts), weights, and the moment in which rows move and both copies exist.
import { type CacheShape, ownCapacity } from '../../models/index.ts';
import { cacheCapacity } from './prompt-store.ts';

export interface Demand {
  readonly promptTokens: number;
  /** Longest completion. */
  readonly maxTokens: number;
  readonly n: number;
}

/** A layout has up to so many rows and blocks for each that is used (models/decode-layout.ts). */
const SPARE = 1.6;

/** Keys and values of one token in all layers, in single precision. */
export const bytesPerToken = ({ layers, kvHeads, headDim }: CacheShape): number => 2 * 4 * layers * kvHeads * headDim;

/** Bytes that these requests need at most while they decode together; `most`: tokens of any completion. */
export function decodeBytes(shape: CacheShape, demands: readonly Demand[], most: number): number {
  const rows = demands.reduce((n, d) => n + d.n, 0);
  const own = ownCapacity(Math.max(...demands.map((d) => d.maxTokens)), most);
  const prompt = cacheCapacity(Math.max(...demands.map((d) => d.promptTokens)));
  return Math.ceil(SPARE * (rows * own + demands.length * prompt)) * bytesPerToken(shape);
}
