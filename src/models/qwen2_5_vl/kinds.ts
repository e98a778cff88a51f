// Which of the model's weights can be held in a few bits, by their published names.
import type { ModelSize, WeightKind } from '../size.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

const TABLE = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';

export function kindOf(name: string, shape: readonly number[]): WeightKind {
  if (shape.length !== 2) return 'vector';
  if (name.startsWith('model.layers.')) return 'layer';
  return name === HEAD ? 'head' : 'other';
}

/** The weight that the head multiplies by. */
export const headName = (shapes: Shapes): string => (HEAD in shapes ? HEAD : TABLE);

export function sizeOfShapes(shapes: Shapes): ModelSize {
  const counts = { vector: 0, layer: 0, head: 0, other: 0 };
  const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  for (const [name, shape] of Object.entries(shapes)) counts[kindOf(name, shape)] += count(shape);
  return { counts, tiedHead: HEAD in shapes ? 0 : count(shapes[TABLE]) };
}
