// Weights as they are read → matrices of few bits, a stretch of rows at a time.
import { VideorftError } from '../base/errors.ts';
import { f16ToF32 } from '../base/half.ts';
import { type SafeTensor, toFloat32 } from '../base/safetensors.ts';
import { type Bits, type Buffer, type QuantizedMatrix, quantizer } from '../engine/index.ts';

/** Values that are there in f32 at a time. */
const STRETCH = 2 ** 20;

function inStretches(
  [out, width]: readonly number[],
  bits: Bits,
  wide: (from: number, to: number) => Float32Array,
): QuantizedMatrix {
  const q = quantizer([out, width], bits);
  const rows = Math.max(1, Math.floor(STRETCH / width));
  for (let row = 0; row < out; row += rows) q.add(wide(row * width, Math.min(out, row + rows) * width));
  return q.finish();
}

/** Errors: engine-quantize (values that are no finite numbers). */
export const quantizeTensor = ({ dtype, shape, data }: SafeTensor, bits: Bits): QuantizedMatrix =>
  inStretches(shape, bits, (from, to) => toFloat32({ dtype, shape: [to - from], data: data.subarray(from, to) }));

/** Of a matrix in memory, f32 or f16. Errors: engine-quantize. */
export function quantizeBuffer({ dtype, shape, data }: Buffer, bits: Bits): QuantizedMatrix {
  if (dtype !== 'f32' && dtype !== 'f16')
    throw new VideorftError(`a matrix of ${dtype} cannot be quantized`, { code: 'engine-quantize' });
  const part = (from: number, to: number) => data.subarray(from, to);
  return inStretches(shape, bits, (from, to) =>
    dtype === 'f16' ? f16ToF32(part(from, to) as Uint16Array) : (part(from, to) as Float32Array),
  );
}
