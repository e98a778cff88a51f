// The vision tower of Qwen2.5-VL as a graph: patches → windowed and full attention → 2×2 merger → one row per merged cell.
// Follows Qwen2_5_VisionTransformerPretrainedModel of transformers; weight names as published (`visual.…`).
// Leaves out: pixels to patches (processor.ts), the window permutation and rotary ids (windows.ts, rope_index.ts).
import {
  add,
  constant,
  gather,
  gelu,
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
import type { VisionConfig } from './config.ts';

const NORM_EPS = 1e-6;

/** What depends on the grids alone: known before the graph is built. */
export interface VisionPlan {
  /** Patches in the batch, after the window permutation the same number. */
  readonly patches: number;
  /** New order of merged cells (get_window_index); undefined when it is the identity. */
  readonly windowIndex: Int32Array | undefined;
  /** Lengths in patches of the windows, in the permuted order. */
  readonly windows: readonly number[];
  /** Lengths in patches of the frames (full attention stays inside one temporal patch). */
  readonly frames: readonly number[];
}

/** q, k, v as [P, H·D] → attention inside consecutive segments of the given lengths → [P, H·D]. */
function segmentAttention(q: Node, k: Node, v: Node, heads: number, segments: readonly number[]): Node {
  const [patches, width] = q.shape;
  const longest = Math.max(...segments);
  const uniform = segments.every((s) => s === longest);
  const layout = uniform ? undefined : paddedLayout(segments, longest);
  const split = (x: Node) => {
    const rows = layout ? gather(x, layout.spread) : x;
    return transpose(reshape(rows, [segments.length, longest, heads, width / heads]), [0, 2, 1, 3]); // [S, H, L, D]
  };
  const scores = matmul(split(q), split(k), { transB: true, alpha: 1 / Math.sqrt(width / heads) });
  const weights = softmax(layout ? add(scores, layout.mask) : scores); // [S, H, L, L]
  const mixed = transpose(matmul(weights, split(v)), [0, 2, 1, 3]);
  const rows = reshape(mixed, [segments.length * longest, width]);
  return layout ? gather(rows, layout.collect) : reshape(rows, [patches, width]);
}

/** Index tables that spread ragged segments over a padded [S, L] layout and collect them back, and the key mask [S,1,1,L]. */
function paddedLayout(segments: readonly number[], longest: number) {
  const spread = new Int32Array(segments.length * longest);
  const mask = new Float32Array(segments.length * longest);
  const collect: number[] = [];
  segments.forEach((length, s) => {
    for (let i = 0; i < longest; i++) {
      const at = s * longest + i;
      if (i < length) {
        spread[at] = collect.length;
        collect.push(at);
      } else mask[at] = HIDDEN;
    }
  });
  return {
    spread: constant(spread, [spread.length]),
    collect: constant(Int32Array.from(collect), [collect.length]),
    mask: constant(mask, [segments.length, 1, 1, longest]),
  };
}

interface Angles {
  /** [P, D/2], in the permuted order. */
  readonly cos: Node;
  readonly sin: Node;
}

function block(
  x: Node,
  w: Weights,
  prefix: string,
  config: VisionConfig,
  angles: Angles,
  segments: readonly number[],
): Node {
  const [patches, width] = x.shape;
  const at = (name: string) => w.get(`${prefix}.${name}`);
  const lin = (h: Node, name: string) => w.linear(h, `${prefix}.${name}`);
  const qkv = lin(rmsNorm(x, at('norm1.weight'), NORM_EPS), 'attn.qkv'); // [P, 3·H·D]
  const part = (i: number) => slice(qkv, 1, i * width, (i + 1) * width);
  const turn = (h: Node) =>
    reshape(rotary(reshape(h, [1, patches, width]), angles.cos, angles.sin, config.num_heads), [patches, width]);
  const attended = segmentAttention(turn(part(0)), turn(part(1)), part(2), config.num_heads, segments);
  const h = add(x, lin(attended, 'attn.proj'));
  const normed = rmsNorm(h, at('norm2.weight'), NORM_EPS);
  return add(h, lin(swiglu(lin(normed, 'mlp.gate_proj'), lin(normed, 'mlp.up_proj')), 'mlp.down_proj'));
}

/** Cells in the permuted order → cells in reading order. */
function invert(index: Int32Array): Int32Array {
  const out = new Int32Array(index.length);
  index.forEach((from, to) => {
    out[from] = to;
  });
  return out;
}

/** Moves groups of merge² consecutive patches of x[P, W]. */
function permuteCells(x: Node, index: Int32Array, group: number): Node {
  const [patches, width] = x.shape;
  const cells = reshape(x, [patches / group, group * width]);
  return reshape(gather(cells, constant(index, [index.length])), [patches, width]);
}

/**
 * pixels[P, 3·2·14·14] → merged cells [P/4, out_hidden_size], in reading order.
 * `cos`, `sin` [P, D/2] are the rotary tables in reading order.
 */
export function visionTower(
  pixels: Node,
  cos: Node,
  sin: Node,
  w: Weights,
  config: VisionConfig,
  plan: VisionPlan,
): Node {
  const group = config.spatial_merge_size ** 2;
  const arrange = (x: Node) => (plan.windowIndex ? permuteCells(x, plan.windowIndex, group) : x);
  const kernel = w.get('visual.patch_embed.proj.weight');
  let x = matmul(pixels, reshape(kernel, [config.hidden_size, kernel.size / config.hidden_size]), { transB: true });
  x = arrange(x);
  const angles = { cos: arrange(cos), sin: arrange(sin) };
  for (let layer = 0; layer < config.depth; layer++) {
    const segments = config.fullatt_block_indexes.includes(layer) ? plan.frames : plan.windows;
    x = block(x, w, `visual.blocks.${layer}`, config, angles, segments);
  }
  const normed = rmsNorm(x, w.get('visual.merger.ln_q.weight'), NORM_EPS);
  const cells = reshape(normed, [plan.patches / group, group * config.hidden_size]);
  const mid = gelu(w.linear(cells, 'visual.merger.mlp.0'));
  const merged = w.linear(mid, 'visual.merger.mlp.2');
  if (!plan.windowIndex) return merged;
  return gather(merged, constant(invert(plan.windowIndex), [plan.windowIndex.length]));
}

/** Shapes of all weights of the tower, by published name. */
export function visionShapes(c: VisionConfig): Record<string, number[]> {
  const d = c.hidden_size;
  const cell = d * c.spatial_merge_size ** 2;
  const shapes: Record<string, number[]> = {
    'visual.patch_embed.proj.weight': [d, c.in_channels, c.temporal_patch_size, c.patch_size, c.patch_size],
    'visual.merger.ln_q.weight': [d],
    'visual.merger.mlp.0.weight': [cell, cell],
    'visual.merger.mlp.0.bias': [cell],
    'visual.merger.mlp.2.weight': [c.out_hidden_size, cell],
    'visual.merger.mlp.2.bias': [c.out_hidden_size],
  };
  for (let i = 0; i < c.depth; i++) {
    const p = `visual.blocks.${i}`;
    Object.assign(shapes, {
      [`${p}.norm1.weight`]: [d],
      [`${p}.norm2.weight`]: [d],
      [`${p}.attn.qkv.weight`]: [3 * d, d],
      [`${p}.attn.qkv.bias`]: [3 * d],
      [`${p}.attn.proj.weight`]: [d, d],
      [`${p}.attn.proj.bias`]: [d],
      [`${p}.mlp.gate_proj.weight`]: [c.intermediate_size, d],
      [`${p}.mlp.gate_proj.bias`]: [c.intermediate_size],
      [`${p}.mlp.up_proj.weight`]: [c.intermediate_size, d],
      [`${p}.mlp.up_proj.bias`]: [c.intermediate_size],
      [`${p}.mlp.down_proj.weight`]: [d, c.intermediate_size],
      [`${p}.mlp.down_proj.bias`]: [d],
    });
  }
  return shapes;
}
