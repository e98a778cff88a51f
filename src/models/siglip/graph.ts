// SigLIP as a graph: two transformer encoders into one space, and the sigmoid loss. Follows SiglipModel of transformers; weight
// names as published. Leaves out: attention masks (SigLIP pads texts to full length and masks nothing).
import {
  add,
  constant,
  exp,
  expand,
  gather,
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
  sum,
} from '../../engine/index.ts';
import {
  activate,
  attention,
  embedPatches,
  encoder,
  encoderShapes,
  normalized,
  patchSide,
} from '../dual_encoder/encoder.ts';
import type { Weights } from '../weights.ts';
import type { SiglipConfig, SiglipVisionConfig } from './config.ts';

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

/** The attention-pooling head: one learnt query over all patches. */
function pool(h: Node, w: Weights, c: SiglipVisionConfig): Node {
  const [frames, , d] = h.shape;
  const at = (name: string) => w.get(`vision_model.head.${name}`);
  const [weight, bias] = [at('attention.in_proj_weight'), at('attention.in_proj_bias')];
  const project = (x: Node, i: number) =>
    linear(x, slice(weight, 0, i * d, (i + 1) * d), slice(bias, 0, i * d, (i + 1) * d));
  const probe = expand(at('probe'), [frames, 1, d]);
  const mixed = attention(project(probe, 0), project(h, 1), project(h, 2), c.num_attention_heads);
  const y = reshape(linear(mixed, at('attention.out_proj.weight'), at('attention.out_proj.bias')), [frames, d]);
  const n = layerNorm(y, at('layernorm.weight'), at('layernorm.bias'), c.layer_norm_eps);
  const inner = activate(linear(n, at('mlp.fc1.weight'), at('mlp.fc1.bias')), c.hidden_act);
  return add(y, linear(inner, at('mlp.fc2.weight'), at('mlp.fc2.bias')));
}

/** pixels[F,3,S,S] → embeddings [F, D], L2-normalized. */
export function imageTower(pixels: Node, w: Weights, { vision: c }: SiglipConfig): Node {
  const at = (name: string) => w.get(`vision_model.${name}`);
  const [kernel, bias] = [at('embeddings.patch_embedding.weight'), at('embeddings.patch_embedding.bias')];
  const x = add(embedPatches(pixels, kernel, c, bias), at('embeddings.position_embedding.weight'));
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

/** Shapes of all weights, by published name. */
export function siglipShapes({ text: t, vision: v }: SiglipConfig): Record<string, number[]> {
  const [d, side] = [v.hidden_size, patchSide(v)];
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
