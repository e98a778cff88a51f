// 16-bit floats held as their bits (Uint16Array) ↔ 32-bit floats: IEEE half precision (f16) and bfloat16 (bf16),
// rounding to nearest, ties to even. Leaves out: arithmetic on them.
import { narrowBf16, widenBf16 } from './simd/kernels.ts';

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

let halfTable: Float32Array | undefined;

/** Values of all 65,536 half-precision bit patterns, computed once. */
function halfValues(): Float32Array {
  if (halfTable) return halfTable;
  halfTable = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 31) halfTable[bits] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent === 0) halfTable[bits] = sign * fraction * 2 ** -24;
    else halfTable[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halfTable;
}

/** f16 bits → f32 values, exact; into `out` where given, of the same length. */
export function f16ToF32(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const values = halfValues();
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]];
  return out;
}

/** Half-precision bits of the f32 whose bits are `x`. */
function halfBits(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x33000000) return sign;
  const exponent = magnitude >>> 23;
  // Below 2^-14 the result is subnormal: the implicit bit becomes explicit and shifts right.
  const subnormal = exponent < 113;
  const shift = subnormal ? 126 - exponent : 13;
  const mantissa = subnormal ? (magnitude & 0x7fffff) | 0x800000 : magnitude - 0x38000000;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const bits = mantissa >>> shift;
  return sign | (bits + (rest > half || (rest === half && (bits & 1) === 1) ? 1 : 0));
}

/** f32 values → f16 bits; beyond ±65,504 becomes infinity, below 2^-25 becomes zero. */
export function f32ToF16(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i];
    out[i] = halfBits(word[0]);
  }
  return out;
}

/** bf16 bits → f32 values, exact. */
export function bf16ToF32(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = widenBf16(bits, out); i < bits.length; i++) words[i] = bits[i] << 16;
  return out;
}

/** Bits of either kind → f32 values. */
export const widen = { f16: f16ToF32, bf16: bf16ToF32 } as const;

/** f32 values → bf16 bits. */
export function f32ToBf16(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i];
    const x = word[0];
    const notANumber = (x & 0x7fffffff) > 0x7f800000;
    out[i] = notANumber ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return out;
}

let narrowed: Uint16Array | undefined;

/** bf16 bits → f16 bits: exact from 2^-14 to 65,504; below it loses the places that f16 lacks, beyond it becomes infinity. */
export function bf16ToF16(bits: Uint16Array, out: Uint16Array = new Uint16Array(bits.length)): Uint16Array {
  narrowed ??= f32ToF16(bf16ToF32(Uint16Array.from({ length: 65536 }, (_, i) => i)));
  for (let i = narrowBf16(bits, out); i < bits.length; i++) out[i] = narrowed[bits[i]];
  return out;
}

/** Whether f16 bits hold an infinity or something that is no number: an exponent of ones, to which one more overflows into the sign. */
export function f16Overflows(bits: Uint16Array): boolean {
  let seen = 0;
  for (let i = 0; i < bits.length; i++) seen |= (bits[i] & 0x7c00) + 0x400;
  return (seen & 0x8000) !== 0;
}
