// Resampling in floating point, as torchvision's resize with antialias: horizontal, then vertical, in f32, nothing rounded in between.
// Leaves out: the inner loops (base/simd/kernels.as), the integer arithmetic of Pillow (resample.ts), the weights (weights.ts).
import { type Kernels, newKernels } from '../base/simd/kernels.ts';
import type { Weights } from './weights.ts';

const PAGE = 2 ** 16;
const upTo = (step: number, size: number) => Math.ceil(size / step) * step;

let kernels: Kernels | undefined;

/** Addresses of parts with these sizes in bytes, in the kernels' memory, which grows to hold them; 64 bytes lie between any two. */
function place(memory: WebAssembly.Memory, sizes: readonly number[]): number[] {
  let end = 0;
  const addresses = sizes.map((size) => {
    const at = end;
    end += upTo(64, size) + 64;
    return at;
  });
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return addresses;
}

/** RGB [inHeight, inWidth, 3] → [outHeight, outWidth, 3]; `across` are weights of a row's pixels, `down` those of rows. */
export function resampleFloat(
  data: Uint8Array,
  [inHeight, inWidth]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
  across: Weights,
  down: Weights,
): Uint8Array {
  kernels ??= newKernels();
  const { memory } = kernels;
  const [inRow, outRow] = [inWidth * 3, outWidth * 3];
  // Only the rows that one output row is made of are held.
  const slots = Math.min(down.taps, inHeight);
  const stride = upTo(16, outRow) * 4 + 64;
  const [bytes, row, first, count, weights, rowWeights, ring, out] = place(memory, [
    upTo(16, inRow),
    upTo(16, inRow) * 4,
    outWidth * 4,
    outWidth * 4,
    outWidth * across.taps * 4,
    outHeight * down.taps * 4,
    slots * stride,
    upTo(16, outRow),
  ]);
  const held = new Uint8Array(memory.buffer);
  new Int32Array(memory.buffer, first).set(across.first);
  new Int32Array(memory.buffer, count).set(across.count);
  new Float32Array(memory.buffer, weights).set(across.real);
  new Float32Array(memory.buffer, rowWeights).set(down.real);
  const result = new Uint8Array(outHeight * outRow);
  for (let y = 0, read = 0; y < outHeight; y++) {
    for (const end = down.first[y] + down.count[y]; read < end; read++) {
      held.set(data.subarray(read * inRow, (read + 1) * inRow), bytes);
      kernels.spread(bytes, row, upTo(16, inRow));
      kernels.across(row, ring + (read % slots) * stride, outWidth, first, count, weights, across.taps);
    }
    const rowAt = rowWeights + y * down.taps * 4;
    kernels.down(ring, stride, slots, down.first[y] % slots, down.count[y], rowAt, out, upTo(16, outRow));
    result.set(held.subarray(out, out + outRow), y * outRow);
  }
  return result;
}
