// The weights of a model as graph parameters: asked for by published name, created once per graph.
import { VideorftError } from '../base/errors.ts';
import { type Node, param } from '../engine/index.ts';

export interface Weights {
  get(name: string): Node;
  /** All parameters that the graph has asked for, in order of first use. */
  used(): Map<string, Node>;
}

export function graphWeights(shapes: Readonly<Record<string, readonly number[]>>): Weights {
  const made = new Map<string, Node>();
  return {
    get(name) {
      let p = made.get(name);
      if (!p) {
        const shape = shapes[name];
        if (!shape) throw new VideorftError(`the model has no weight called ${name}`, { code: 'model-weight' });
        p = param(name, shape);
        made.set(name, p);
      }
      return p;
    },
    used: () => made,
  };
}
