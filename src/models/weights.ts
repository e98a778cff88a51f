// The weights of a model as graph parameters: asked for by published name, created once per graph; linear layers by the name of their
// module, with the low-rank update of an adapter where there is one (lora/).
import { VideorftError } from '../base/errors.ts';
import { add, linear, matmul, type Node, param, reshape } from '../engine/index.ts';

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
  /** x[…, in] through the linear layer `module` → […, out]: its weight, its bias where it has one, its adapter where it has one. */
  linear(x: Node, module: string): Node;
  /** All parameters that the graph has asked for, in order of first use. */
  used(): Map<string, Node>;
}

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

export function graphWeights(base: Shapes, modules: LowRankModules = new Map()): Weights {
  const shapes = { ...base, ...adapterShapes(base, modules) };
  const made = new Map<string, Node>();
  const get = (name: string): Node => {
    let p = made.get(name);
    if (!p) {
      const shape = shapes[name];
      if (!shape) throw new VideorftError(`the model has no weight called ${name}`, { code: 'model-weight' });
      p = param(name, shape);
      made.set(name, p);
    }
    return p;
  };
  return {
    get,
    linear(x, module) {
      const bias = `${module}.bias`;
      const y = linear(x, get(`${module}.weight`), bias in shapes ? get(bias) : undefined);
      const update = modules.get(module);
      if (!update) return y;
      const low = linear(x, get(loraA(module))); // […, rank]
      const flat = reshape(low, [low.size / update.rank, update.rank]);
      return add(y, reshape(matmul(flat, get(loraB(module)), { transB: true, alpha: update.scale }), y.shape));
    },
    used: () => made,
  };
}
