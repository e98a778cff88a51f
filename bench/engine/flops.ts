// How much work there is: arithmetic of the matrix products in a graph, and the least time that cached decoding can take on a machine
// of given limits. Elementwise work is not counted, so shares of the limit are on the low side.
import { type Node, topologicalOrder } from '../../src/engine/index.ts';
import type { TextConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { languageShapes } from '../../src/models/qwen2_5_vl/language.ts';
import type { Limits } from './protocol.ts';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Multiplications and additions of all matrix products that `roots` depend on. */
export function matmulFlops(roots: readonly Node[]): number {
  return topologicalOrder(roots).reduce((total, n) => {
    if (n.op !== 'matmul') return total;
    const { transA } = n.attrs as { transA: boolean };
    const inner = n.inputs[0].shape[n.inputs[0].rank - (transA ? 2 : 1)];
    return total + 2 * n.size * inner;
  }, 0);
}

export interface DecodeWork {
  readonly rows: number;
  /** Tokens in the cache before the first decoded one. */
  readonly context: number;
  readonly steps: number;
}

const BYTES = 4;

/**
 * Least seconds of `steps` decoding steps in f32: every step reads the language tower's weights once and multiplies them with every
 * row, and reads every row's keys and values once. Each of the two takes the longer of its arithmetic and its memory traffic.
 */
export function decodeLimit(c: TextConfig, { rows, context, steps }: DecodeWork, limits: Limits): number {
  const matrices = Object.entries(languageShapes(c)).filter(([name, shape]) => {
    return shape.length === 2 && !(name.includes('embed_tokens') && !c.tie_word_embeddings);
  });
  const parameters = matrices.reduce((n, [, shape]) => n + sizeOf(shape), 0);
  const headDim = c.hidden_size / c.num_attention_heads;
  const seconds = (flops: number, bytes: number) =>
    Math.max(flops / (limits.gflops * 1e9), bytes / (limits.gigabytes * 1e9));
  let total = 0;
  for (let step = 1; step <= steps; step++) {
    const length = context + step;
    const attention = 4 * rows * c.hidden_size * length * c.num_hidden_layers;
    const cache = 2 * rows * c.num_key_value_heads * headDim * length * c.num_hidden_layers * BYTES;
    total += seconds(2 * parameters * rows, parameters * BYTES) + seconds(attention, cache);
  }
  return total;
}
