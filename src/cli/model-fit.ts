// What a model of some size can be used for in so much memory, and in which type of weights: for `videorft doctor`.
// bf16 takes what f16 takes. What is needed beside the weights is a rule of thumb from runs of a 3B model over a clip of 16 frames (LOG.md); training says its own plan.
import { type ModelSize, type WeightType, weightBytes } from '../models/index.ts';

const GB = 1e9;
/** Beside the weights: a question about a clip, and a pass of training an adapter. */
const [QUESTION, ADAPTER] = [1 * GB, 2.5 * GB];

interface Use {
  readonly what: string;
  readonly bytes: (size: ModelSize, dtype: WeightType) => number;
  readonly dtypes: readonly WeightType[];
}

const uses: readonly Use[] = [
  {
    what: 'questions',
    bytes: (size, dtype) => weightBytes(size, dtype) + QUESTION,
    dtypes: ['f32', 'f16', 'int8', 'int4'],
  },
  {
    what: 'an adapter (--lora.rank)',
    bytes: (size, dtype) => weightBytes(size, dtype) + ADAPTER,
    dtypes: ['f32', 'f16'],
  },
  { what: 'all weights', bytes: (size) => 4 * weightBytes(size, 'f32') + ADAPTER, dtypes: ['f32'] },
];

const amount = (bytes: number) => `${(bytes / GB).toFixed(bytes < 10 * GB ? 1 : 0)} GB`;

export interface Fit {
  /** Whether the model can be asked at all. */
  readonly fits: boolean;
  readonly detail: string;
}

/** One line: per use, the widest type of weights that fits in `free` bytes, or what it would take. */
export function modelFit(size: ModelSize, free: number): Fit {
  const parts = uses.map(({ what, bytes, dtypes }) => {
    const dtype = dtypes.find((d) => bytes(size, d) < free);
    const least = dtypes.at(-1) as WeightType;
    return dtype
      ? `${what}: ${dtype}, about ${amount(bytes(size, dtype))}`
      : `${what}: no, it would take about ${amount(bytes(size, least))}${dtypes.length > 1 ? ` as ${least}` : ''}`;
  });
  return { fits: uses[0].dtypes.some((d) => uses[0].bytes(size, d) < free), detail: parts.join('; ') };
}
