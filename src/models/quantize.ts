// Weights → matrices of few bits, a stretch of rows at a time.
import { VideorftError } from '../base/errors.ts';
import { widen } from '../base/half.ts';
import { type SafeTensor, toFloat32 } from '../base/safetensors.ts';
import { type Bits, type Buffer, type QuantizedMatrix, quantizer } from '../engine/index.ts';

/** Memory for values in f32, used again from call to call. */
function wideMemory() {
  let memory = new Float32Array(0);
  return (length: number): Float32Array => {
    if (memory.length < length) memory = new Float32Array(length);
    return memory.subarray(0, length);
  };
}

/** As a weight is read. */
export function asBits(bits: Bits, [out, width]: readonly number[]) {
  const [q, wide] = [quantizer([out, width], bits), wideMemory()];
  return { add: (piece: SafeTensor) => q.add(toFloat32(piece, wide(piece.data.length))), finish: q.finish };
}

/** Values that are there in f32 at a time. */
const STRETCH = 2 ** 20;

/** Of a matrix in memory, f32, f16 or bf16. Errors: engine-quantize. */
export function quantizeBuffer({ dtype, shape, data }: Buffer, bits: Bits): QuantizedMatrix {
  if (dtype !== 'f32' && dtype !== 'f16' && dtype !== 'bf16')
    throw new VideorftError(`a matrix of ${dtype} cannot be quantized`, { code: 'engine-quantize' });
  const [out, width] = shape;
  const [q, wide] = [quantizer([out, width], bits), wideMemory()];
  const rows = Math.max(1, Math.floor(STRETCH / width));
  for (let row = 0; row < out; row += rows) {
    const part = data.subarray(row * width, Math.min(out, row + rows) * width);
    q.add(dtype === 'f32' ? (part as Float32Array) : widen[dtype](part as Uint16Array, wide(part.length)));
  }
  return q.finish();
}
