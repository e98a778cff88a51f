// Fresh random weights: norms at 1, biases at 0, matrices at 1/√fan-in, embeddings small, outputs of residual branches scaled down by depth.
import type { Rng } from '../base/rng.ts';
import { type Buffer, f32 } from '../engine/index.ts';

/** Layers whose output is added to the residual stream. */
const residual = /(o_proj|down_proj|attn\.proj|mlp\.fc2|out_proj)\.weight$/;
const embedding = /(embed_tokens|token_embedding|position_embedding)\.weight$/;

function scaleOf(name: string, shape: readonly number[], depth: number): number {
  if (embedding.test(name)) return 0.05;
  const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
  return residual.test(name) ? 1 / Math.sqrt(fanIn * 2 * depth) : 1 / Math.sqrt(fanIn);
}

/** `depth`: layers of the deepest tower. Same seed, same weights, whatever the order of other draws. */
export function initWeights(
  shapes: Readonly<Record<string, readonly number[]>>,
  rng: Rng,
  depth: number,
): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (shape.length === 1) data.fill(name.endsWith('bias') ? 0 : 1);
      else {
        const draw = rng.fork(name);
        const scale = scaleOf(name, shape, depth);
        for (let i = 0; i < data.length; i++) data[i] = draw.normal() * scale;
      }
      return [name, f32(data, shape)];
    }),
  );
}
