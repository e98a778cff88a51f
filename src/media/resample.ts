// Antialiased resampling of 8-bit RGB, bit for bit what Pillow computes: separable, horizontal pass first, support widened
// by the reduction ratio, weights in 22-bit fixed point, each pass rounded and clamped to 0..255.
// (Pillow src/libImaging/Resample.c describes the rule; torchvision's antialiased resize follows it within 1/255.)
// Leaves out: choosing the target size (resize.ts).

export type ResampleMethod = 'bicubic' | 'bilinear';

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** For each output position: the first input position and `taps` weights (zero-padded), in fixed point. */
interface Weights {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [out, taps] */
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

function weightsFor(inSize: number, outSize: number, method: ResampleMethod): Weights {
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
  const raw = new Float64Array(taps);
  for (let o = 0; o < outSize; o++) {
    const center = (o + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - reach + 0.5));
    const n = Math.min(inSize, Math.trunc(center + reach + 0.5)) - low;
    let sum = 0;
    for (let t = 0; t < n; t++) {
      raw[t] = kernel((t + low - center + 0.5) / stretch);
      sum += raw[t];
    }
    first[o] = low;
    count[o] = n;
    for (let t = 0; t < n; t++) {
      const w = (sum === 0 ? raw[t] : raw[t] / sum) * (1 << PRECISION_BITS);
      fixed[o * taps + t] = Math.trunc(w < 0 ? w - 0.5 : w + 0.5);
    }
  }
  return { taps, first, count, fixed };
}

const clamp = (acc: number): number => Math.max(0, Math.min(255, acc >> PRECISION_BITS));

/** [height, inWidth, 3] → [height, outWidth, 3]. */
function horizontal(src: Uint8Array, height: number, inWidth: number, outWidth: number, w: Weights): Uint8Array {
  const out = new Uint8Array(height * outWidth * 3);
  for (let x = 0; x < outWidth; x++) {
    const n = w.count[x];
    const k = x * w.taps;
    for (let y = 0; y < height; y++) {
      let s = (y * inWidth + w.first[x]) * 3;
      let r = HALF;
      let g = HALF;
      let b = HALF;
      for (let t = 0; t < n; t++, s += 3) {
        const c = w.fixed[k + t];
        r = (r + Math.imul(src[s], c)) | 0;
        g = (g + Math.imul(src[s + 1], c)) | 0;
        b = (b + Math.imul(src[s + 2], c)) | 0;
      }
      const o = (y * outWidth + x) * 3;
      out[o] = clamp(r);
      out[o + 1] = clamp(g);
      out[o + 2] = clamp(b);
    }
  }
  return out;
}

/** [inHeight, rowBytes] → [outHeight, rowBytes]; whole rows are accumulated, so memory is walked in order. */
function vertical(src: Uint8Array, rowBytes: number, outHeight: number, w: Weights): Uint8Array {
  const out = new Uint8Array(outHeight * rowBytes);
  const acc = new Int32Array(rowBytes);
  for (let y = 0; y < outHeight; y++) {
    acc.fill(HALF);
    for (let t = 0; t < w.count[y]; t++) {
      const c = w.fixed[y * w.taps + t];
      const s = (w.first[y] + t) * rowBytes;
      for (let i = 0; i < rowBytes; i++) acc[i] = (acc[i] + Math.imul(src[s + i], c)) | 0;
    }
    const o = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) out[o + i] = clamp(acc[i]);
  }
  return out;
}

/**
 * Resamples RGB pixels [inHeight, inWidth, 3] to [outHeight, outWidth, 3]. A pass whose size does not change is skipped;
 * with both unchanged the input array itself is returned.
 */
export function resampleRgb(
  data: Uint8Array,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  method: ResampleMethod = 'bicubic',
): Uint8Array {
  const wide =
    outWidth === inWidth ? data : horizontal(data, inHeight, inWidth, outWidth, weightsFor(inWidth, outWidth, method));
  if (outHeight === inHeight) return wide;
  return vertical(wide, outWidth * 3, outHeight, weightsFor(inHeight, outHeight, method));
}
