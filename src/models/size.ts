// How the weights of a model are held in memory, what they take there, and whether that is free.
import { VideorftError } from '../base/errors.ts';
import { type Bits, BLOCK } from '../engine/index.ts';

/** How matrices are held in memory. */
export const weightTypes = ['f32', 'f16', 'bf16', 'int8', 'int4'] as const;
export type WeightType = (typeof weightTypes)[number];
/** Those that training can go through. */
export const trainedTypes = ['f32', 'f16', 'bf16'] as const;

/**
 * What a weight is: a vector; the matrix of a linear layer of the language tower; that of the head, where it is not the table of words too;
 * any other matrix: the table of words, the vision tower.
 */
export type WeightKind = 'vector' | 'layer' | 'head' | 'other';
export type Held = 'f32' | 'f16' | 'bf16' | Bits;

/** The head decides between words: it is held in 8 bits at least. The vision tower is small, and many small errors of it would add up. */
const held: Record<WeightType, Record<WeightKind, Held>> = {
  f32: { vector: 'f32', layer: 'f32', head: 'f32', other: 'f32' },
  f16: { vector: 'f32', layer: 'f16', head: 'f16', other: 'f16' },
  bf16: { vector: 'f32', layer: 'bf16', head: 'bf16', other: 'bf16' },
  int8: { vector: 'f32', layer: 8, head: 8, other: 'f16' },
  int4: { vector: 'f32', layer: 4, head: 8, other: 'f16' },
};

export const heldAs = (kind: WeightKind, dtype: WeightType): Held => held[dtype][kind];

export interface ModelSize {
  /** Weights of each kind. */
  readonly counts: Readonly<Record<WeightKind, number>>;
  /** Weights of a head that is the table of words: held in a few bits, it is there a second time. */
  readonly tiedHead: number;
}

export const parameterCount = ({ counts }: ModelSize): number => Object.values(counts).reduce((a, b) => a + b);

/** Bytes of a weight, its share of the block's scale included. */
const bytesAs = (as: Held): number => (as === 'f32' ? 4 : typeof as === 'number' ? as / 8 + 4 / BLOCK : 2);

/** How many weights take how many bytes each. */
function parts({ counts, tiedHead }: ModelSize, dtype: WeightType): [count: number, bytes: number][] {
  const byBytes = new Map<number, number>();
  const count = (kind: WeightKind, n: number) => {
    const bytes = bytesAs(heldAs(kind, dtype));
    byBytes.set(bytes, (byBytes.get(bytes) ?? 0) + n);
  };
  for (const [kind, n] of Object.entries(counts)) count(kind as WeightKind, n);
  if (typeof heldAs('head', dtype) === 'number') count('head', tiedHead);
  return [...byBytes].filter(([, n]) => n > 0).map(([bytes, n]) => [n, bytes]);
}

/** Bytes of the weights of such a model. */
export const weightBytes = (size: ModelSize, dtype: WeightType): number =>
  parts(size, dtype).reduce((total, [n, bytes]) => total + n * bytes, 0);

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** Before anything is read: the weights alone against the memory that is free. Throws 'model-memory' with the arithmetic. */
export function refuseWhatDoesNotFit(dir: string, size: ModelSize, dtype: WeightType): void {
  const [needs, free] = [weightBytes(size, dtype), process.availableMemory()];
  if (needs < free) return;
  const sum = parts(size, dtype)
    .map(
      ([n, bytes], i) => `${(n / 1e9).toFixed(2)}e9${i === 0 ? ' weights' : ''} × ${bytes}${i === 0 ? ' bytes' : ''}`,
    )
    .join(' + ');
  const narrower = weightTypes.find((type) => weightBytes(size, type) < free);
  throw new VideorftError(`the weights take ${gigabytes(needs)} (${sum}), and ${gigabytes(free)} of memory are free`, {
    code: 'model-memory',
    facts: { dir },
    fix: narrower
      ? `hold them as ${narrower} (dtype ${narrower}: ${gigabytes(weightBytes(size, narrower))}), or free memory`
      : 'free memory, or use a machine with more',
  });
}
