// SigLIP as a graph: two transformer encoders into one space, and the sigmoid loss. Follows SiglipModel of transformers; weight
// names as published. Leaves out: attention masks (SigLIP pads texts to full length and masks nothing).
import {
  add,
  constant,
  div,
  exp,
  gather,
  geluTanh,
  input,
  layerNorm,
  linear,
  log,
  matmul,
  mean,
  mul,
  type Node,
  neg,
  reshape,
  sigmoid,
  slice,
  softmax,
  sqrt,
  sum,
  transpose,
} from '../../engine/index.ts';
import type { Weights } from '../weights.ts';
import type { SiglipConfig, SiglipTowerConfig, SiglipVisionConfig } from './config.ts';

/** Attention of queries[B,Q,D] over keys and values[B,K,D], all already projected. */
function attention(q: Node, k: Node, v: Node, heads: number): Node {
  const [batch, queries, width] = q.shape;
  const split = (x: Node) => transpose(reshape(x, [batch, x.shape[1], heads, width / heads]), [0, 2, 1, 3]);
  const weights = softmax(matmul(split(q), split(k), { transB: true, alpha: 1 / Math.sqrt(width / heads) }));
  return reshape(transpose(matmul(weights, split(v)), [0, 2, 1, 3]), [batch, queries, width]);
}

function encoder(x: Node, w: Weights, prefix: string, c: SiglipTowerConfig): Node {
  let h = x;
  for (let i = 0; i < c.num_hidden_layers; i++) {
    const at = (name: string) => w.get(`${prefix}.layers.${i}.${name}`);
    const lin = (y: Node, name: string) => linear(y, at(`${name}.weight`), at(`${name}.bias`));
    const norm = (y: Node, name: string) => layerNorm(y, at(`${name}.weight`), at(`${name}.bias`), c.layer_norm_eps);
    const a = norm(h, 'layer_norm1');
    const mixed = attention(
      lin(a, 'self_attn.q_proj'),
      lin(a, 'self_attn.k_proj'),
      lin(a, 'self_attn.v_proj'),
      c.num_attention_heads,
    );
    h = add(h, lin(mixed, 'self_attn.out_proj'));
    h = add(h, lin(geluTanh(lin(norm(h, 'layer_norm2'), 'mlp.fc1')), 'mlp.fc2'));
  }
  return h;
}

const normalized = (x: Node): Node => div(x, sqrt(sum(mul(x, x), -1, true)));

/** ids[N, max_position_embeddings] → embeddings [N, D], L2-normalized. */
export function textTower(ids: Node, w: Weights, { text: c }: SiglipConfig): Node {
  const words = gather(w.get('text_model.embeddings.token_embedding.weight'), ids);
  const x = add(words, w.get('text_model.embeddings.position_embedding.weight'));
  const h = encoder(x, w, 'text_model.encoder', c);
  const last = reshape(slice(h, 1, c.max_position_embeddings - 1, c.max_position_embeddings), [
    ids.shape[0],
    c.hidden_size,
  ]);
  const at = (name: string) => w.get(`text_model.${name}`);
  const pooled = layerNorm(last, at('final_layer_norm.weight'), at('final_layer_norm.bias'), c.layer_norm_eps);
  return normalized(linear(pooled, at('head.weight'), at('head.bias')));
}

/** pixels[F,3,S,S] → patches [F, (S/p)², 3·p·p]; a remainder at the right and bottom is not seen, as with the convolution. */
function patches(pixels: Node, c: SiglipVisionConfig): Node {
  const [p, side] = [c.patch_size, Math.floor(c.image_size / c.patch_size)];
  const cut = slice(slice(pixels, 2, 0, side * p), 3, 0, side * p);
  const grid = transpose(reshape(cut, [pixels.shape[0], 3, side, p, side, p]), [0, 2, 4, 1, 3, 5]);
  return reshape(grid, [pixels.shape[0], side * side, 3 * p * p]);
}

/** The attention-pooling head: one learnt query over all patches. */
function pool(h: Node, w: Weights, c: SiglipVisionConfig): Node {
  const [frames, , d] = h.shape;
  const at = (name: string) => w.get(`vision_model.head.${name}`);
  const [weight, bias] = [at('attention.in_proj_weight'), at('attention.in_proj_bias')];
  const project = (x: Node, i: number) =>
    linear(x, slice(weight, 0, i * d, (i + 1) * d), slice(bias, 0, i * d, (i + 1) * d));
  const probe = mul(at('probe'), constant(new Float32Array(frames).fill(1), [frames, 1, 1])); // [F, 1, D]
  const mixed = attention(project(probe, 0), project(h, 1), project(h, 2), c.num_attention_heads);
  const y = reshape(linear(mixed, at('attention.out_proj.weight'), at('attention.out_proj.bias')), [frames, d]);
  const n = layerNorm(y, at('layernorm.weight'), at('layernorm.bias'), c.layer_norm_eps);
  const inner = geluTanh(linear(n, at('mlp.fc1.weight'), at('mlp.fc1.bias')));
  return add(y, linear(inner, at('mlp.fc2.weight'), at('mlp.fc2.bias')));
}

/** pixels[F,3,S,S] → embeddings [F, D], L2-normalized. */
export function imageTower(pixels: Node, w: Weights, { vision: c }: SiglipConfig): Node {
  const at = (name: string) => w.get(`vision_model.${name}`);
  const kernel = at('embeddings.patch_embedding.weight');
  const flat = reshape(kernel, [c.hidden_size, kernel.size / c.hidden_size]);
  const x = add(
    linear(patches(pixels, c), flat, at('embeddings.patch_embedding.bias')),
    at('embeddings.position_embedding.weight'),
  );
  const h = layerNorm(
    encoder(x, w, 'vision_model.encoder', c),
    at('post_layernorm.weight'),
    at('post_layernorm.bias'),
    c.layer_norm_eps,
  );
  return normalized(pool(h, w, c));
}

/** text[N,D], image[N,D] → logits_per_text [N,N] = exp(logit_scale)·cos + logit_bias. */
export function pairLogits(text: Node, image: Node, w: Weights): Node {
  return add(mul(matmul(text, image, { transB: true }), exp(w.get('logit_scale'))), w.get('logit_bias'));
}

/** The sigmoid loss of Zhai et al. 2023: −mean over texts of Σ log σ(±logit), + on the diagonal. */
export function sigmoidLoss(logits: Node): Node {
  const n = logits.shape[0];
  const signs = new Float32Array(n * n).fill(-1);
  for (let i = 0; i < n; i++) signs[i * n + i] = 1;
  return neg(mean(sum(log(add(sigmoid(mul(logits, constant(signs, [n, n]))), 1e-12)), -1)));
}

export const textInput = (c: SiglipConfig, count: number): Node =>
  input('texts', [count, c.text.max_position_embeddings], 'i32');
export const frameInput = (c: SiglipConfig, count: number): Node =>
  input('frames', [count, 3, c.vision.image_size, c.vision.image_size]);

function encoderShapes(prefix: string, c: SiglipTowerConfig): Record<string, number[]> {
  const [d, m] = [c.hidden_size, c.intermediate_size];
  const shapes: Record<string, number[]> = {};
  const lin = (name: string, out: number, inner: number) =>
    Object.assign(shapes, { [`${name}.weight`]: [out, inner], [`${name}.bias`]: [out] });
  for (let i = 0; i < c.num_hidden_layers; i++) {
    const p = `${prefix}.layers.${i}`;
    for (const n of ['layer_norm1', 'layer_norm2'])
      Object.assign(shapes, { [`${p}.${n}.weight`]: [d], [`${p}.${n}.bias`]: [d] });
    for (const n of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) lin(`${p}.self_attn.${n}`, d, d);
    lin(`${p}.mlp.fc1`, m, d);
    lin(`${p}.mlp.fc2`, d, m);
  }
  return shapes;
}

/** Shapes of all weights, by published name. */
export function siglipShapes({ text: t, vision: v }: SiglipConfig): Record<string, number[]> {
  const [d, side] = [v.hidden_size, Math.floor(v.image_size / v.patch_size)];
  const head = 'vision_model.head';
  return {
    logit_scale: [1],
    logit_bias: [1],
    'text_model.embeddings.token_embedding.weight': [t.vocab_size, t.hidden_size],
    'text_model.embeddings.position_embedding.weight': [t.max_position_embeddings, t.hidden_size],
    ...encoderShapes('text_model.encoder', t),
    'text_model.final_layer_norm.weight': [t.hidden_size],
    'text_model.final_layer_norm.bias': [t.hidden_size],
    'text_model.head.weight': [t.projection_size, t.hidden_size],
    'text_model.head.bias': [t.projection_size],
    'vision_model.embeddings.patch_embedding.weight': [d, 3, v.patch_size, v.patch_size],
    'vision_model.embeddings.patch_embedding.bias': [d],
    'vision_model.embeddings.position_embedding.weight': [side * side, d],
    ...encoderShapes('vision_model.encoder', v),
    'vision_model.post_layernorm.weight': [d],
    'vision_model.post_layernorm.bias': [d],
    [`${head}.probe`]: [1, 1, d],
    [`${head}.attention.in_proj_weight`]: [3 * d, d],
    [`${head}.attention.in_proj_bias`]: [3 * d],
    [`${head}.attention.out_proj.weight`]: [d, d],
    [`${head}.attention.out_proj.bias`]: [d],
    [`${head}.layernorm.weight`]: [d],
    [`${head}.layernorm.bias`]: [d],
    [`${head}.mlp.fc1.weight`]: [v.intermediate_size, d],
    [`${head}.mlp.fc1.bias`]: [v.intermediate_size],
    [`${head}.mlp.fc2.weight`]: [d, v.intermediate_size],
    [`${head}.mlp.fc2.bias`]: [d],
  };
}
