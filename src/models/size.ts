// How many weights a model has, what they take in memory, and whether that is there.
import { VideorftError } from '../base/errors.ts';

/** How matrices are held in memory. */
export const weightTypes = ['f32', 'f16'] as const;
export type WeightType = (typeof weightTypes)[number];

export interface ModelSize {
  readonly parameters: number;
  /** Of them, elements of matrices, which may be held narrower. */
  readonly inMatrices: number;
}

const elements = (shapes: readonly (readonly number[])[]) =>
  shapes.reduce((n, shape) => n + shape.reduce((a, b) => a * b, 1), 0);

export function sizeOfShapes(shapes: Readonly<Record<string, readonly number[]>>): ModelSize {
  const all = Object.values(shapes);
  return { parameters: elements(all), inMatrices: elements(all.filter((s) => s.length === 2)) };
}

/** Bytes of the weights of such a model. */
export const weightBytes = ({ parameters, inMatrices }: ModelSize, dtype: WeightType): number =>
  dtype === 'f16' ? 4 * parameters - 2 * inMatrices : 4 * parameters;

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const billions = (count: number) => `${(count / 1e9).toFixed(2)}e9 weights`;

/** Before anything is read: the weights alone against the memory that is free. Throws 'model-memory' with the arithmetic. */
export function refuseWhatDoesNotFit(dir: string, size: ModelSize, dtype: WeightType): void {
  const [needs, free] = [weightBytes(size, dtype), process.availableMemory()];
  if (needs < free) return;
  const { parameters, inMatrices } = size;
  const sum =
    dtype === 'f16'
      ? `${billions(inMatrices)} × 2 bytes + ${billions(parameters - inMatrices)} × 4`
      : `${billions(parameters)} × 4 bytes`;
  throw new VideorftError(`the weights take ${gigabytes(needs)} (${sum}), and ${gigabytes(free)} of memory are free`, {
    code: 'model-memory',
    facts: { dir },
    fix:
      dtype === 'f16'
        ? 'free memory, or use a machine with more'
        : 'hold them as f16 (dtype f16: half of that), or free memory',
  });
}
