// Antialiased resampling of 8-bit RGB, in the arithmetic of either reference tool.
// 'pillow' (pictures): bit for bit Image.resize, each pass in 22-bit fixed point, rounded and clamped to 0..255 in between.
// 'torchvision' (video frames in qwen-vl-utils): float tensors with antialias, rounded and clamped once, at the end.
// On natural pictures they differ by less than 1/255; at hard black-white edges by more, since only one clamps in between.
// Leaves out: the weights (weights.ts), choosing the target size (resize.ts).

import { resampleFloat } from './resample-float.ts';
import { PRECISION_BITS, type ResampleMethod, type Weights, weightsFor } from './weights.ts';

export type { ResampleMethod } from './weights.ts';
export type ResampleArithmetic = 'pillow' | 'torchvision';

const HALF = 1 << (PRECISION_BITS - 1);

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
  [inHeight, inWidth]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
  method: ResampleMethod = 'bicubic',
  arithmetic: ResampleArithmetic = 'pillow',
): Uint8Array {
  if (inHeight === outHeight && inWidth === outWidth) return data;
  if (arithmetic === 'torchvision') {
    // Weights of an unchanged size are ones and zeros.
    const [across, down] = [weightsFor(inWidth, outWidth, method), weightsFor(inHeight, outHeight, method)];
    return resampleFloat(data, [inHeight, inWidth], [outHeight, outWidth], across, down);
  }
  const across = inWidth === outWidth ? undefined : weightsFor(inWidth, outWidth, method);
  const down = inHeight === outHeight ? undefined : weightsFor(inHeight, outHeight, method);
  const wide = (src: Uint8Array, height: number) => (across ? horizontal(src, height, inWidth, outWidth, across) : src);
  const tall = (src: Uint8Array, width: number) => (down ? vertical(src, width * 3, outHeight, down) : src);
  // Pillow 13: a height that shrinks by more than twice as much as the width goes first (before: never).
  const lost = inHeight - outHeight;
  if (lost > 0 && lost > (inWidth - outWidth) * 2) return wide(tall(data, inWidth), outHeight);
  return tall(wide(data, inHeight), outWidth);
}
