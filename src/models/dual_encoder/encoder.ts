// What the towers of SigLIP and CLIP share as a graph: the pre-norm encoder, whose weights both publish under the same names, patches, and
// unit length. Leaves out: how each model pools its towers (siglip/, clip/), training losses.
import {
  add,
  div,
  gelu,
  geluTanh,
  layerNorm,
  linear,
  matmul,
  mul,
  type Node,
  reshape,
  sigmoid,
  slice,
  softmax,
  sqrt,
  sum,
  transpose,
} from '../../engine/index.ts';
import type { Weights } from '../weights.ts';

/** The activations that transformers knows by these names; quick_gelu is x · σ(1.702 x). */
const activations = {
  gelu_pytorch_tanh: geluTanh,
  gelu,
  quick_gelu: (x: Node) => mul(x, sigmoid(mul(x, 1.702))),
} as const satisfies Record<string, (x: Node) => Node>;

export type Activation = keyof typeof activations;
export const activate = (x: Node, name: Activation): Node => activations[name](x);

export interface EncoderConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly layer_norm_eps: number;
  readonly hidden_act: Activation;
}

export interface PatchConfig {
  readonly image_size: number;
  readonly patch_size: number;
}

/** Attention of queries[B,Q,D] over keys and values[B,K,D], all already projected; `mask` is added to the scores [B,H,Q,K]. */
export function attention(q: Node, k: Node, v: Node, heads: number, mask?: Node): Node {
  const [batch, queries, width] = q.shape;
  const split = (x: Node) => transpose(reshape(x, [batch, x.shape[1], heads, width / heads]), [0, 2, 1, 3]);
  const scores = matmul(split(q), split(k), { transB: true, alpha: 1 / Math.sqrt(width / heads) });
  const weights = softmax(mask ? add(scores, mask) : scores);
  return reshape(transpose(matmul(weights, split(v)), [0, 2, 1, 3]), [batch, queries, width]);
}

/** x[B,T,D] through all layers of `prefix`; `mask` as in `attention`. */
export function encoder(x: Node, w: Weights, prefix: string, c: EncoderConfig, mask?: Node): Node {
  let h = x;
  for (let i = 0; i < c.num_hidden_layers; i++) {
    const at = (name: string) => w.get(`${prefix}.layers.${i}.${name}`);
    const lin = (y: Node, name: string) => linear(y, at(`${name}.weight`), at(`${name}.bias`));
    const norm = (y: Node, name: string) => layerNorm(y, at(`${name}.weight`), at(`${name}.bias`), c.layer_norm_eps);
    const a = norm(h, 'layer_norm1');
    const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((name) => lin(a, `self_attn.${name}`));
    h = add(h, lin(attention(q, k, v, c.num_attention_heads, mask), 'self_attn.out_proj'));
    h = add(h, lin(activate(lin(norm(h, 'layer_norm2'), 'mlp.fc1'), c.hidden_act), 'mlp.fc2'));
  }
  return h;
}

/** Rows [N, D] at length 1. */
export const normalized = (x: Node): Node => div(x, sqrt(sum(mul(x, x), -1, true)));

/** Patches along a side of the picture. */
export const patchSide = (c: PatchConfig): number => Math.floor(c.image_size / c.patch_size);

/** pixels[F,3,S,S] → patches [F, (S/p)², 3·p·p]; a remainder at the right and bottom is not seen, as with the convolution. */
export function patches(pixels: Node, c: PatchConfig): Node {
  const [p, side] = [c.patch_size, patchSide(c)];
  const cut = slice(slice(pixels, 2, 0, side * p), 3, 0, side * p);
  const grid = transpose(reshape(cut, [pixels.shape[0], 3, side, p, side, p]), [0, 2, 4, 1, 3, 5]);
  return reshape(grid, [pixels.shape[0], side * side, 3 * p * p]);
}

/** Patches times the convolution's kernel [D,3,p,p] → [F, (S/p)², D]. */
export function embedPatches(pixels: Node, kernel: Node, c: PatchConfig, bias?: Node): Node {
  const width = kernel.shape[0];
  return linear(patches(pixels, c), reshape(kernel, [width, kernel.size / width]), bias);
}

/** Shapes of an encoder's weights, by published name. */
export function encoderShapes(prefix: string, c: EncoderConfig): Record<string, number[]> {
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
