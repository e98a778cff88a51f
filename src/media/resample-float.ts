// Resampling in floating point, as torchvision's resize with antialias: horizontal, then vertical, nothing rounded in between.
// Leaves out: the integer arithmetic of Pillow (resample.ts), the weights (weights.ts).

import type { Weights } from './weights.ts';

/** [height, inWidth, 3] → [height, outWidth, 3] */
function horizontal(src: Uint8Array, height: number, inWidth: number, outWidth: number, w: Weights): Float32Array {
  const out = new Float32Array(height * outWidth * 3);
  for (let x = 0; x < outWidth; x++) {
    const k = x * w.taps;
    for (let y = 0; y < height; y++) {
      let s = (y * inWidth + w.first[x]) * 3;
      let [r, g, b] = [0, 0, 0];
      for (let t = 0; t < w.count[x]; t++, s += 3) {
        const c = w.real[k + t];
        r += src[s] * c;
        g += src[s + 1] * c;
        b += src[s + 2] * c;
      }
      const o = (y * outWidth + x) * 3;
      out[o] = r;
      out[o + 1] = g;
      out[o + 2] = b;
    }
  }
  return out;
}

/** [inHeight, rowLength] → [outHeight, rowLength] */
function vertical(src: Float32Array, rowLength: number, outHeight: number, w: Weights): Float32Array {
  const out = new Float32Array(outHeight * rowLength);
  for (let y = 0; y < outHeight; y++) {
    const o = y * rowLength;
    for (let t = 0; t < w.count[y]; t++) {
      const c = w.real[y * w.taps + t];
      const s = (w.first[y] + t) * rowLength;
      for (let i = 0; i < rowLength; i++) out[o + i] += src[s + i] * c;
    }
  }
  return out;
}

/** RGB [inHeight, inWidth, 3] → [outHeight, outWidth, 3]; a dimension without weights keeps its size. */
export function resampleFloat(
  data: Uint8Array,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  across: Weights | undefined,
  down: Weights | undefined,
): Uint8Array {
  const wide = across ? horizontal(data, inHeight, inWidth, outWidth, across) : Float32Array.from(data);
  const full = down ? vertical(wide, outWidth * 3, outHeight, down) : wide;
  const clamped = new Uint8ClampedArray(full); // converting rounds half to even and clamps, as torch.round and clamp do
  return new Uint8Array(clamped.buffer);
}
