// Resampling in floating point, as torchvision's resize with antialias: horizontal, then vertical, nothing rounded in between.
// Leaves out: the integer arithmetic of Pillow (resample.ts), the weights (weights.ts).

import type { Weights } from './weights.ts';

/** [height, inWidth, 3] → [height, outWidth, 3]; row by row, so that memory is walked in order and each byte is converted once. */
function horizontal(src: Uint8Array, height: number, inWidth: number, outWidth: number, w: Weights): Float32Array {
  const out = new Float32Array(height * outWidth * 3);
  const row = new Float64Array(inWidth * 3);
  for (let y = 0; y < height; y++) {
    row.set(src.subarray(y * inWidth * 3, (y + 1) * inWidth * 3));
    resampleRow(row, out, y * outWidth * 3, outWidth, w);
  }
  return out;
}

function resampleRow(row: Float64Array, out: Float32Array, at: number, outWidth: number, w: Weights): void {
  for (let x = 0, o = at; x < outWidth; x++, o += 3) {
    const end = x * w.taps + w.count[x];
    let [r, g, b] = [0, 0, 0];
    for (let k = x * w.taps, s = w.first[x] * 3; k < end; k++, s += 3) {
      const c = w.real[k];
      r += row[s] * c;
      g += row[s + 1] * c;
      b += row[s + 2] * c;
    }
    out[o] = r;
    out[o + 1] = g;
    out[o + 2] = b;
  }
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
