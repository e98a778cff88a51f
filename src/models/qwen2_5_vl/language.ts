// The language tower of Qwen2.5-VL as a graph: grouped-query attention with M-RoPE, RMSNorm, SwiGLU.
// Follows Qwen2_5_VLTextModel of transformers; weight names as published (`model.…`, `lm_head.weight`).
// Attention is a parameter: explicit here (training, with gradients), over caches in cached.ts (generation).
import {
  add,
  checkpoint,
  concat,
  constant,
  gather,
  matmul,
  type Node,
  reshape,
  rmsNorm,
  rotary,
  slice,
  softmax,
  swiglu,
  transpose,
} from '../../engine/index.ts';
import { HIDDEN } from '../mask.ts';
import type { Weights } from '../weights.ts';
import type { TextConfig } from './config.ts';

export const headDim = (c: TextConfig): number => c.hidden_size / c.num_attention_heads;

/** Rotated q[B,T,H·D], rotated k[B,T,Hkv·D], v[B,T,Hkv·D] → mixed values [B,T,H·D]. */
export type Attend = (q: Node, k: Node, v: Node, layer: number) => Node;

/** Queries of one pass of attention: keys after a chunk are not computed, and scores never take more than a chunk's rows. */
const CHUNK = 128;

/** [start, end) of each chunk; a short rest joins the last. */
function chunksOf(tokens: number): (readonly [number, number])[] {
  const count = Math.max(1, Math.round(tokens / CHUNK));
  return Array.from({ length: count }, (_, i) => [i * CHUNK, i === count - 1 ? tokens : (i + 1) * CHUNK] as const);
}

/** A tower whose attention weights take more than this is trained with attention computed again in the backward pass, … */
const KEPT_BYTES = 256 * 2 ** 20;
/** … and one whose other activations take more than this, with whole layers computed again: a third more arithmetic. */
const KEPT_LAYER_BYTES = 4 * 2 ** 30;

/** Whether the layers of a tower over so many tokens in all are computed again in the backward pass. */
export const recomputesLayers = (c: TextConfig, tokens: number): boolean =>
  4 * tokens * c.num_hidden_layers * (8 * c.hidden_size + 3 * c.intermediate_size) > KEPT_LAYER_BYTES;

/** Additive mask [end − start, end] of queries start to end. */
function causalMask(start: number, end: number): Node {
  const table = new Float32Array((end - start) * end);
  for (let i = start; i < end; i++) table.fill(HIDDEN, (i - start) * end + i + 1, (i - start + 1) * end);
  return constant(table, [end - start, end]);
}

/**
 * Causal attention over right-padded rows: a row's real tokens never see its padding, which comes later. A given additive mask
 * [B,1,1,T,T] hides more than what comes later.
 */
export function causalAttention(c: TextConfig, batch: number, tokens: number, mask?: Node): Attend {
  const [H, KV, D] = [c.num_attention_heads, c.num_key_value_heads, headDim(c)];
  const share = H / KV;
  const chunks = chunksOf(tokens).map(([start, end]) => ({
    start,
    end,
    mask: mask ? slice(slice(mask, 3, start, end), 4, 0, end) : causalMask(start, end),
  }));
  const attend = (q: Node, k: Node, v: Node): Node => {
    const keys = transpose(reshape(k, [batch, tokens, KV, D]), [0, 2, 1, 3]); // [B, KV, T, D]
    const values = transpose(reshape(v, [batch, tokens, KV, D]), [0, 2, 1, 3]);
    const mixed = chunks.map(({ start, end, mask }) => {
      const [n, until] = [end - start, (x: Node) => (end < tokens ? slice(x, 2, 0, end) : x)];
      const own = n < tokens ? slice(q, 1, start, end) : q;
      // Heads that share keys are stacked along the token axis, so keys are never repeated.
      const stacked = transpose(reshape(own, [batch, n, KV, share, D]), [0, 2, 3, 1, 4]);
      const queries = reshape(stacked, [batch, KV, share * n, D]);
      const scores = matmul(queries, until(keys), { transB: true, alpha: 1 / Math.sqrt(D) });
      const masked = add(reshape(scores, [batch, KV, share, n, end]), mask);
      const weights = reshape(softmax(masked), [batch, KV, share * n, end]);
      const out = reshape(matmul(weights, until(values)), [batch, KV, share, n, D]);
      return reshape(transpose(out, [0, 3, 1, 2, 4]), [batch, n, H * D]);
    });
    return mixed.length === 1 ? mixed[0] : concat(mixed, 1);
  };
  const weights = chunks.reduce((n, { start, end }) => n + (end - start) * end, 0) * batch * H;
  const again = 4 * weights * c.num_hidden_layers > KEPT_BYTES && !recomputesLayers(c, batch * tokens); // blocks do not nest
  return again ? (q, k, v) => checkpoint([q, k, v], attend) : attend;
}

/**
 * x[B,T,hidden] (token and vision embeddings), cos and sin [B·T, D/2] → final normed states [B,T,hidden]; with `select`[N] (flat
 * positions) only those rows, [N,hidden]: past the last attention nothing else is computed. `again`: layers are computed again in the
 * backward pass, and `attend` must not be.
 */
export function languageTower(
  x: Node,
  cos: Node,
  sin: Node,
  w: Weights,
  c: TextConfig,
  attend: Attend,
  select?: Node,
  again = recomputesLayers(c, x.size / c.hidden_size),
): Node {
  let h = x;
  for (let layer = 0; layer < c.num_hidden_layers; layer++) {
    const chosen = layer === c.num_hidden_layers - 1 ? select : undefined;
    const run = (before: Node) => decoderLayer(before, cos, sin, w, c, attend, layer, chosen);
    h = again ? checkpoint([h], run) : run(h);
  }
  return rmsNorm(h, w.get('model.norm.weight'), c.rms_norm_eps);
}

/** Rows of x[B,T,D] at flat positions `select`[N], or all of x. */
const rowsAt = (x: Node, select: Node | undefined): Node =>
  select ? gather(reshape(x, [x.size / x.shape[x.rank - 1], x.shape[x.rank - 1]]), select) : x;

export function decoderLayer(
  x: Node,
  cos: Node,
  sin: Node,
  w: Weights,
  c: TextConfig,
  attend: Attend,
  layer: number,
  select?: Node,
): Node {
  const { q, k, v } = projections(x, w, c, layer);
  const mixed = attend(...rotated(q, k, cos, sin, c), v, layer);
  return afterAttention(rowsAt(x, select), rowsAt(mixed, select), w, c, layer);
}

/** Before attention: x[…, hidden] → q[…, H·D], k[…, Hkv·D], v[…, Hkv·D], not rotated yet. Every token goes its own way. */
export function projections(x: Node, w: Weights, c: TextConfig, layer: number) {
  const at = `model.layers.${layer}`;
  const normed = rmsNorm(x, w.get(`${at}.input_layernorm.weight`), c.rms_norm_eps);
  const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((name) => w.linear(normed, `${at}.self_attn.${name}`));
  return { q, k, v };
}

/** q[B,T,H·D] and k[B,T,Hkv·D] at their positions. */
export const rotated = (q: Node, k: Node, cos: Node, sin: Node, c: TextConfig): [Node, Node] => [
  rotary(q, cos, sin, c.num_attention_heads),
  rotary(k, cos, sin, c.num_key_value_heads),
];

/** After attention: x[…, hidden] and its mixed values[…, H·D] → the layer's output[…, hidden]. Every token goes its own way. */
export function afterAttention(x: Node, mixed: Node, w: Weights, c: TextConfig, layer: number): Node {
  const at = `model.layers.${layer}`;
  const h = add(x, w.linear(mixed, `${at}.self_attn.o_proj`));
  const inner = rmsNorm(h, w.get(`${at}.post_attention_layernorm.weight`), c.rms_norm_eps);
  const gated = swiglu(w.linear(inner, `${at}.mlp.gate_proj`), w.linear(inner, `${at}.mlp.up_proj`));
  return add(h, w.linear(gated, `${at}.mlp.down_proj`));
}

/** hidden[…, hidden_size] → logits […, vocab_size], through the tied or own head. */
export function languageHead(hidden: Node, w: Weights, c: TextConfig): Node {
  return w.linear(hidden, c.tie_word_embeddings ? 'model.embed_tokens' : 'lm_head');
}

/** Shapes of all weights of the tower, by published name. */
export function languageShapes(c: TextConfig): Record<string, number[]> {
  const d = c.hidden_size;
  const kv = c.num_key_value_heads * headDim(c);
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [c.vocab_size, d],
    'model.norm.weight': [d],
    ...(c.tie_word_embeddings ? {} : { 'lm_head.weight': [c.vocab_size, d] }),
  };
  for (let i = 0; i < c.num_hidden_layers; i++) {
    const p = `model.layers.${i}`;
    Object.assign(shapes, {
      [`${p}.input_layernorm.weight`]: [d],
      [`${p}.post_attention_layernorm.weight`]: [d],
      [`${p}.self_attn.q_proj.weight`]: [d, d],
      [`${p}.self_attn.q_proj.bias`]: [d],
      [`${p}.self_attn.k_proj.weight`]: [kv, d],
      [`${p}.self_attn.k_proj.bias`]: [kv],
      [`${p}.self_attn.v_proj.weight`]: [kv, d],
      [`${p}.self_attn.v_proj.bias`]: [kv],
      [`${p}.self_attn.o_proj.weight`]: [d, d],
      [`${p}.mlp.gate_proj.weight`]: [c.intermediate_size, d],
      [`${p}.mlp.up_proj.weight`]: [c.intermediate_size, d],
      [`${p}.mlp.down_proj.weight`]: [d, c.intermediate_size],
    });
  }
  return shapes;
}
