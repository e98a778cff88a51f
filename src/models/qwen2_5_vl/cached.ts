// Attention over key/value caches, for generation: prompts fill theirs in one pass; then each row decodes over its prompt's cache, which
// the rows of a block share, its own, and the new token. Leaves out: who shares what (decode-layout.ts), appending (cache.ts).
import {
  add,
  concat,
  gqa,
  matmul,
  mul,
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
}

/**
 * Attention of one new token per row over its prompt, what it has said so far, and itself, one softmax over all. All queries of a block
 * meet the prompt's keys in one product: G completions read the prompt once. `tokens` receives the new keys and values of each layer.
 */
export function decodeAttention(
  c: TextConfig,
  { blocks, perBlock, promptCapacity, ownCapacity }: DecodeShape,
  cache: DecodeCache,
  tokens: Record<string, Node>,
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
    const [key, value] = [k, v].map((x) => reshape(widen(c, x), [rows, KV, 1, D]));
    tokens[`k${layer}:new`] = reshape(key, [rows, KV, D]);
    tokens[`v${layer}:new`] = reshape(value, [rows, KV, D]);
    const queries = reshape(widen(c, q), [rows, KV, share, D]);
    const promptScores = add(
      matmul(toBlocks(queries, D), cache.promptKeys[layer], { transB: true, alpha }),
      promptMask,
    );
    const beforeScores = add(matmul(queries, cache.keys[layer], { transB: true, alpha }), ownMask);
    const ownScores = concat([beforeScores, matmul(queries, key, { transB: true, alpha })], 3);
    const weights = softmax(concat([promptScores, toBlocks(ownScores, ownCapacity + 1)], 3));
    const fromPrompt = matmul(slice(weights, 3, 0, promptCapacity), cache.promptValues[layer]);
    const own = toRows(slice(weights, 3, promptCapacity, promptCapacity + ownCapacity + 1), ownCapacity + 1);
    const fromBefore = matmul(slice(own, 3, 0, ownCapacity), cache.values[layer]);
    const fromNew = mul(slice(own, 3, ownCapacity, ownCapacity + 1), value);
    const mixed = add(add(toRows(fromPrompt, D), fromBefore), fromNew); // [rows, KV, share, D]
    return narrow(c, reshape(mixed, [rows, 1, KV * share * D]));
  };
}
