// Weights → matrices of few bits, a stretch of rows at a time.
import { VideorftError } from '../base/errors.ts';
import { f16ToF32 } from '../base/half.ts';
import { toFloat32 } from '../base/safetensors.ts';
import { type Bits, type Buffer, type QuantizedMatrix, quantizer } from '../engine/index.ts';
import type { Hold } from './files.ts';

/** As weights are read. */
export const asBits =
  (bits: Bits): Hold<QuantizedMatrix> =>
  ([out, width]) => {
    const q = quantizer([out, width], bits);
    return { add: (piece) => q.add(toFloat32(piece)), finish: q.finish };
  };

/** Values that are there in f32 at a time. */
const STRETCH = 2 ** 20;

/** Of a matrix in memory, f32 or f16. Errors: engine-quantize. */
export function quantizeBuffer({ dtype, shape, data }: Buffer, bits: Bits): QuantizedMatrix {
  if (dtype !== 'f32' && dtype !== 'f16')
    throw new VideorftError(`a matrix of ${dtype} cannot be quantized`, { code: 'engine-quantize' });
  const [out, width] = shape;
  const q = quantizer([out, width], bits);
  const rows = Math.max(1, Math.floor(STRETCH / width));
  for (let row = 0; row < out; row += rows) {
    const part = data.subarray(row * width, (row + rows) * width);
    q.add(dtype === 'f16' ? f16ToF32(part as Uint16Array) : (part as Float32Array));
  }
  return q.finish();
}
