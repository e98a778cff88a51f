// CLIP as a graph: a causal text tower pooled at the end token, an image tower pooled at its class token, both projected into one space.
// Follows CLIPModel of transformers; weight names as published, "pre_layrnorm" included. Leaves out: the contrastive loss.
import {
  add,
  concat,
  constant,
  expand,
  gather,
  input,
  layerNorm,
  linear,
  type Node,
  reshape,
  slice,
} from '../../engine/index.ts';
import { embedPatches, encoder, encoderShapes, normalized, patchSide } from '../dual_encoder/encoder.ts';
import { HIDDEN } from '../mask.ts';
import type { Weights } from '../weights.ts';
import type { ClipConfig } from './config.ts';

/** [1, 1, T, T]: a token sees itself and what came before. */
function causalMask(tokens: number): Node {
  const mask = new Float32Array(tokens * tokens).fill(HIDDEN);
  for (let i = 0; i < tokens; i++) mask.fill(0, i * tokens, i * tokens + i + 1);
  return constant(mask, [1, 1, tokens, tokens]);
}

/** ids[N, T], ends[N]: each text's end token as an index into the N · T tokens → embeddings [N, projection_dim], L2-normalized. */
export function textTower(ids: Node, ends: Node, w: Weights, { text: c }: ClipConfig): Node {
  const [count, tokens] = ids.shape;
  const at = (name: string) => w.get(`text_model.${name}`);
  const words = gather(at('embeddings.token_embedding.weight'), ids);
  const x = add(words, at('embeddings.position_embedding.weight'));
  const h = encoder(x, w, 'text_model.encoder', c, causalMask(tokens));
  const last = gather(reshape(h, [count * tokens, c.hidden_size]), ends);
  const pooled = layerNorm(last, at('final_layer_norm.weight'), at('final_layer_norm.bias'), c.layer_norm_eps);
  return normalized(linear(pooled, w.get('text_projection.weight')));
}

/** pixels[F,3,S,S] → embeddings [F, projection_dim], L2-normalized. */
export function imageTower(pixels: Node, w: Weights, { vision: c }: ClipConfig): Node {
  const frames = pixels.shape[0];
  const at = (name: string) => w.get(`vision_model.${name}`);
  const norm = (x: Node, name: string) => layerNorm(x, at(`${name}.weight`), at(`${name}.bias`), c.layer_norm_eps);
  const seen = embedPatches(pixels, at('embeddings.patch_embedding.weight'), c);
  const first = expand(reshape(at('embeddings.class_embedding'), [1, 1, c.hidden_size]), [frames, 1, c.hidden_size]);
  const x = add(concat([first, seen], 1), at('embeddings.position_embedding.weight'));
  const h = encoder(norm(x, 'pre_layrnorm'), w, 'vision_model.encoder', c);
  const pooled = norm(reshape(slice(h, 1, 0, 1), [frames, c.hidden_size]), 'post_layernorm');
  return normalized(linear(pooled, w.get('visual_projection.weight')));
}

export const textInput = (c: ClipConfig, count: number): Node =>
  input('texts', [count, c.text.max_position_embeddings], 'i32');
export const endInput = (count: number): Node => input('ends', [count], 'i32');
export const frameInput = (c: ClipConfig, count: number): Node =>
  input('frames', [count, 3, c.vision.image_size, c.vision.image_size]);

/** Shapes of all weights, by published name. */
export function clipShapes({ text: t, vision: v, projection_dim }: ClipConfig): Record<string, number[]> {
  const norm = (name: string, width: number) => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] });
  const [td, vd] = [t.hidden_size, v.hidden_size];
  return {
    logit_scale: [],
    'text_model.embeddings.token_embedding.weight': [t.vocab_size, td],
    'text_model.embeddings.position_embedding.weight': [t.max_position_embeddings, td],
    ...encoderShapes('text_model.encoder', t),
    ...norm('text_model.final_layer_norm', td),
    'vision_model.embeddings.class_embedding': [vd],
    'vision_model.embeddings.patch_embedding.weight': [vd, 3, v.patch_size, v.patch_size],
    'vision_model.embeddings.position_embedding.weight': [patchSide(v) ** 2 + 1, vd],
    ...norm('vision_model.pre_layrnorm', vd),
    ...encoderShapes('vision_model.encoder', v),
    ...norm('vision_model.post_layernorm', vd),
    'text_projection.weight': [projection_dim, td],
    'visual_projection.weight': [projection_dim, vd],
  };
}

/** A tensor's name in the model; undefined for the position tables of old checkpoints, which only count 0, 1, 2, … */
export const clipName = (stored: string): string | undefined =>
  stored.endsWith('.embeddings.position_ids') ? undefined : stored;
