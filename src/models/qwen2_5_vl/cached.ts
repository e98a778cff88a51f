// Attention over key/value caches, for generation: prompts fill theirs in one pass; then each row decodes over its prompt's cache, which
// the rows of a block share and only read, and its own, written in place. Leaves out: who shares what (decode-layout.ts).
import {
  add,
  cacheWrite,
  concat,
  gqa,
  matmul,
  type Node,
  pad,
  part,
  reshape,
  slice,
  softmax,
  transpose,
  type Update,
} from '../../engine/index.ts';
import type { DecodeShape } from '../port.ts';
import type { TextConfig } from './config.ts';
import { type Attend, headDim } from './language.ts';

/** The kernel wants heads of a multiple of 8; smaller ones are padded with zeros, which change no product. */
export const cacheHeadDim = (c: TextConfig): number => Math.ceil(headDim(c) / 8) * 8;

/** x[B,T,heads·D] with heads widened to the cache's width. */
function widen(c: TextConfig, x: Node): Node {
  const [D, wide] = [headDim(c), cacheHeadDim(c)];
  const [batch, tokens, width] = x.shape;
  if (wide === D) return x;
  const heads = width / D;
  return reshape(pad(reshape(x, [batch, tokens, heads, D]), 3, 0, wide - D), [batch, tokens, heads * wide]);
}

/** The inverse of `widen`. */
function narrow(c: TextConfig, x: Node): Node {
  const [D, wide] = [headDim(c), cacheHeadDim(c)];
  const [batch, tokens, width] = x.shape;
  if (wide === D) return x;
  const heads = width / wide;
  return reshape(slice(reshape(x, [batch, tokens, heads, wide]), 3, 0, D), [batch, tokens, heads * D]);
}

export interface PrefillCache {
  /** Per layer [B, Hkv, M, D]. */
  readonly keys: readonly Node[];
  readonly values: readonly Node[];
  readonly seqlens: Node;
  readonly total: Node;
}

/** Attention of whole prompts, which writes their keys and values into the cache; `updates` receives the writes. */
export function prefillAttention(c: TextConfig, cache: PrefillCache, updates: Update[]): Attend {
  return (q, k, v, layer) => {
    const [pastK, pastV] = [cache.keys[layer], cache.values[layer]];
    const y = gqa(
      { q: widen(c, q), k: widen(c, k), v: widen(c, v), pastK, pastV, seqlens: cache.seqlens, total: cache.total },
      c.num_attention_heads,
      c.num_key_value_heads,
      1 / Math.sqrt(headDim(c)),
    );
    updates.push({ target: pastK, value: part(y, 1) }, { target: pastV, value: part(y, 2) });
    return narrow(c, y);
  };
}

export interface DecodeCache {
  /** Per layer [blocks, Hkv, promptCapacity, D], read only. */
  readonly promptKeys: readonly Node[];
  readonly promptValues: readonly Node[];
  /** Per layer [rows, Hkv, ownCapacity, D]. */
  readonly keys: readonly Node[];
  readonly values: readonly Node[];
  /** Added to scores: [blocks, promptCapacity] and [rows, ownCapacity]. */
  readonly promptMask: Node;
  readonly ownMask: Node;
  /** Where each row's new token goes in its own cache, [rows]. */
  readonly slots: Node;
}

/**
 * Attention of one new token per row over its prompt and what it has said so far, one softmax over both. All queries of a block meet
 * the prompt's keys in one product: G completions read the prompt once.
 */
export function decodeAttention(
  c: TextConfig,
  { blocks, perBlock, promptCapacity, ownCapacity }: DecodeShape,
  cache: DecodeCache,
  updates: Update[],
): Attend {
  const [rows, KV, D] = [blocks * perBlock, c.num_key_value_heads, cacheHeadDim(c)];
  const share = c.num_attention_heads / KV;
  const alpha = 1 / Math.sqrt(headDim(c));
  /** [rows, KV, share, X] ↔ [blocks, KV, perBlock · share, X]. */
  const toBlocks = (x: Node, width: number): Node =>
    reshape(transpose(reshape(x, [blocks, perBlock, KV, share, width]), [0, 2, 1, 3, 4]), [
      blocks,
      KV,
      perBlock * share,
      width,
    ]);
  const toRows = (x: Node, width: number): Node =>
    reshape(transpose(reshape(x, [blocks, KV, perBlock, share, width]), [0, 2, 1, 3, 4]), [rows, KV, share, width]);
  const promptMask = reshape(cache.promptMask, [blocks, 1, 1, promptCapacity]);
  const ownMask = reshape(cache.ownMask, [rows, 1, 1, ownCapacity]);
  return (q, k, v, layer) => {
    const write = (target: Node, x: Node): Node => {
      const value = cacheWrite(target, reshape(widen(c, x), [rows, KV, D]), cache.slots);
      updates.push({ target, value });
      return value;
    };
    const keys = write(cache.keys[layer], k);
    const values = write(cache.values[layer], v);
    const queries = reshape(widen(c, q), [rows, KV, share, D]);
    const shared = toBlocks(queries, D);
    const promptScores = add(matmul(shared, cache.promptKeys[layer], { transB: true, alpha }), promptMask);
    const ownScores = add(matmul(queries, keys, { transB: true, alpha }), ownMask);
    const weights = softmax(concat([promptScores, toBlocks(ownScores, ownCapacity)], 3));
    const fromPrompt = matmul(slice(weights, 3, 0, promptCapacity), cache.promptValues[layer]);
    const own = slice(weights, 3, promptCapacity, promptCapacity + ownCapacity);
    const mixed = add(toRows(fromPrompt, D), matmul(toRows(own, ownCapacity), values)); // [rows, KV, share, D]
    return narrow(c, reshape(mixed, [rows, 1, KV * share * D]));
  };
}
