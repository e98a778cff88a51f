// Antialiased resampling weights of one dimension: bicubic and bilinear, support widened by the reduction ratio.
// Leaves out: applying them (resample.ts in integers, resample-float.ts in floats).

export type ResampleMethod = 'bicubic' | 'bilinear';

export const PRECISION_BITS = 22;

/** For each output position: the first input position and `taps` weights (zero-padded). */
export interface Weights {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [out, taps], each row summing to 1 */
  readonly real: Float64Array;
  /** [out, taps], the same in 22-bit fixed point */
  readonly fixed: Int32Array;
}

/** Keys' cubic with a = −0.5 (Pillow and torchvision with antialias; torch without antialias uses −0.75). */
function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  if (d < 2) return ((-0.5 * d + 2.5) * d - 4) * d + 2;
  return 0;
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

const KERNELS = { bicubic: { kernel: cubic, support: 2 }, bilinear: { kernel: triangle, support: 1 } } as const;

const cache = new Map<string, Weights>();
const CACHE_ENTRIES = 128;

/** Weights of one dimension, remembered: clips of one size share them. */
export function weightsFor(inSize: number, outSize: number, method: ResampleMethod): Weights {
  const key = `${inSize}>${outSize}:${method}`;
  const known = cache.get(key);
  if (known) return known;
  if (cache.size >= CACHE_ENTRIES) cache.clear();
  const made = computeWeights(inSize, outSize, method);
  cache.set(key, made);
  return made;
}

function computeWeights(inSize: number, outSize: number, method: ResampleMethod): Weights {
  const { kernel, support } = KERNELS[method];
  const scale = inSize / outSize;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const taps = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const fixed = new Int32Array(outSize * taps);
  const real = new Float64Array(outSize * taps);
  for (let o = 0; o < outSize; o++) {
    const center = (o + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - reach + 0.5));
    const n = Math.min(inSize, Math.trunc(center + reach + 0.5)) - low;
    let sum = 0;
    for (let t = 0; t < n; t++) {
      const weight = kernel((t + low - center + 0.5) / stretch);
      real[o * taps + t] = weight;
      sum += weight;
    }
    first[o] = low;
    count[o] = n;
    for (let k = o * taps; k < o * taps + n; k++) {
      if (sum !== 0) real[k] /= sum;
      const scaled = real[k] * (1 << PRECISION_BITS);
      fixed[k] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
  }
  return { taps, first, count, real, fixed };
}
