// The weights of a model as graph parameters: asked for by published name, created once per graph; linear layers by the name of their
// module, with the low-rank update of an adapter where there is one (lora/), whatever the type that the weights are held in.
import { VideorftError } from '../base/errors.ts';
import {
  add,
  cast,
  concat,
  gather,
  matmul,
  type Node,
  param,
  type QuantizedMatrix,
  quantizedProduct,
  reshape,
  slice,
} from '../engine/index.ts';

/** How an adapter changes one linear layer: W + scale·B·A, with A[rank, in] and B[out, rank] (LoRA, arXiv 2106.09685, Eq. 3). */
export interface LowRank {
  readonly rank: number;
  readonly scale: number;
}
/** Adapted linear layers by the published name of their module, e.g. `model.layers.0.self_attn.q_proj`. */
export type LowRankModules = ReadonlyMap<string, LowRank>;

export const loraA = (module: string): string => `${module}.lora_A.weight`;
export const loraB = (module: string): string => `${module}.lora_B.weight`;

export interface Weights {
  get(name: string): Node;
  /** Rows `ids`[…] of a table: […, width]. */
  rows(name: string, ids: Node): Node;
  /** x[…, in] through the linear layer `module` → […, out]: its weight, its bias where it has one, its adapter where it has one. */
  linear(x: Node, module: string): Node;
  /** All parameters that the graph has asked for, in order of first use. */
  used(): Map<string, Node>;
}

export interface WeightsOptions {
  readonly adapted?: LowRankModules;
  /** Weights that are fed in 16 bits and computed with as f32. */
  readonly narrow?: ReadonlyMap<string, 'f16' | 'bf16'>;
  /** The graph has no backward pass. Narrow weights are then widened block by block, so that no layer's wide form leaves the cache. */
  readonly forwardOnly?: boolean;
  /** Weights of linear layers that are held in a few bits and are part of the graph. */
  readonly quantized?: { get(name: string): QuantizedMatrix | undefined };
}

/** Bytes of the wide form of a block. */
const BLOCK_BYTES = 4 * 2 ** 20;

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Shapes of an adapter's tensors, by name. */
export function adapterShapes(shapes: Shapes, modules: LowRankModules): Record<string, readonly number[]> {
  const pairs = [...modules].flatMap(([module, { rank }]): [string, readonly number[]][] => {
    const [out, wide] = shapes[`${module}.weight`];
    return [
      [loraA(module), [rank, wide]],
      [loraB(module), [out, rank]],
    ];
  });
  return Object.fromEntries(pairs);
}

/** x[N, in] · weight[out, in]ᵀ for a weight fed as f16, widened in blocks of rows. */
function blockedProduct(x: Node, weight: Node): Node {
  const [out, wide] = weight.shape;
  const rows = Math.max(1, Math.floor(BLOCK_BYTES / 4 / wide));
  const starts = Array.from({ length: Math.ceil(out / rows) }, (_, i) => i * rows);
  const block = (start: number) => cast(slice(weight, 0, start, Math.min(out, start + rows)), 'f32');
  return concat(
    starts.map((start) => matmul(x, block(start), { transB: true })),
    1,
  );
}

export function graphWeights(
  base: Shapes,
  { adapted = new Map(), narrow = new Map(), forwardOnly = false, quantized }: WeightsOptions = {},
): Weights {
  const shapes = { ...base, ...adapterShapes(base, adapted) };
  const made = new Map<string, Node>();
  const stored = (name: string): Node => {
    let p = made.get(name);
    if (!p) {
      const shape = shapes[name];
      if (!shape) throw new VideorftError(`the model has no weight called ${name}`, { code: 'model-weight' });
      p = param(name, shape, narrow.get(name) ?? 'f32');
      made.set(name, p);
    }
    return p;
  };
  const get = (name: string) => cast(stored(name), 'f32');
  const product = (x: Node, weight: string) => {
    const matrix = quantized?.get(weight);
    if (matrix) return quantizedProduct(x, matrix);
    if (forwardOnly && narrow.has(weight)) return blockedProduct(x, stored(weight));
    return matmul(x, get(weight), { transB: true });
  };
  return {
    get,
    rows: (name, ids) => cast(gather(stored(name), ids), 'f32'),
    linear(x, module) {
      const [weight, bias] = [`${module}.weight`, `${module}.bias`];
      const flat = reshape(x, [x.size / x.shape[x.rank - 1], x.shape[x.rank - 1]]);
      const plain = product(flat, weight);
      const own = bias in shapes ? add(plain, get(bias)) : plain;
      const update = adapted.get(module);
      const y = update ? add(own, lowRankUpdate(flat, get(loraA(module)), get(loraB(module)), update)) : own;
      return reshape(y, [...x.shape.slice(0, -1), shapes[weight][0]]);
    },
    used: () => made,
  };
}

/** scale·B·(A·x) for each row of x[N, in]. */
function lowRankUpdate(x: Node, a: Node, b: Node, { scale }: LowRank): Node {
  return matmul(matmul(x, a, { transB: true }), b, { transB: true, alpha: scale });
}
