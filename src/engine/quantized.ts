// Matrices held in 8 or 4 bits: each row in blocks that share a scale, symmetric around zero, in the layout of ONNX Runtime's MatMulNBits.
// Rounding is that of llama.cpp's Q4_0: a block's value of largest magnitude takes the one code that has no opposite.
// Leaves out: zero points, scales narrower than f32.
import { VideorftError } from '../base/errors.ts';
import { quantizeBlocks } from '../base/simd/kernels.ts';

/** Values that share a scale. */
export const BLOCK = 32;

export type Bits = 4 | 8;

/** A scale below f32's normal range has no finite inverse: such a block is zero. */
const SMALLEST_NORMAL = 2 ** -126;

export interface QuantizedMatrix {
  /** [out, in]. */
  readonly shape: readonly [number, number];
  readonly bits: Bits;
  /** [out, ⌈in / BLOCK⌉, BLOCK · bits / 8]: codes q of values (q − 2^(bits−1)) · scale; of 4 bits, the earlier in the lower half of a byte. */
  readonly blocks: Uint8Array;
  /** [out, ⌈in / BLOCK⌉]. */
  readonly scales: Float32Array;
}

const blocksPerRow = (width: number) => Math.ceil(width / BLOCK);

/** The value of largest magnitude, by its bits: as integers, magnitudes are in the same order, infinities and what is no number last. */
function extreme(values: Float32Array, words: Int32Array, from: number, to: number): number {
  let [largest, at] = [-1, from];
  for (let i = from; i < to; i++) {
    const magnitude = words[i] & 0x7fffffff;
    if (magnitude > largest) {
      largest = magnitude;
      at = i;
    }
  }
  return values[at];
}

/** Writes the codes of values[from, to), divided by their scale, into `blocks` from `at` on. None is negative: no value goes below −2^(bits−1) scales. */
type Encode = (values: Float32Array, from: number, to: number, inverse: number, blocks: Uint8Array, at: number) => void;

/** Arithmetic is that of f32, as in Q4_0. */
const code = (value: number, inverse: number, half: number) => Math.fround(Math.fround(value * inverse) + half) | 0;

const encode8: Encode = (values, from, to, inverse, blocks, at) => {
  for (let i = from; i < to; i++) blocks[at + i - from] = Math.min(255, code(values[i], inverse, 128.5));
};

/** Two a byte. */
const encode4: Encode = (values, from, to, inverse, blocks, at) => {
  const even = to - ((to - from) & 1);
  for (let i = from; i < even; i += 2) {
    const low = code(values[i], inverse, 8.5);
    const high = code(values[i + 1], inverse, 8.5);
    blocks[at + ((i - from) >> 1)] = Math.min(15, low) | (Math.min(15, high) << 4);
  }
  if (even < to) blocks[at + ((even - from) >> 1)] = Math.min(15, code(values[even], inverse, 8.5)) | 0x80;
};

/**
 * Fills the rows of a quantized matrix in order, a few at a time, so that the wide form is never there as a whole. Errors of `add`:
 * engine-quantize (values that are no finite numbers).
 */
export function quantizer(shape: readonly [number, number], bits: Bits) {
  const [out, width] = shape;
  const [perRow, bytes, zero] = [blocksPerRow(width), (BLOCK * bits) / 8, 2 ** (bits - 1)];
  const blocks = new Uint8Array(out * perRow * bytes);
  // What lies behind the last value of a row means zero.
  if (width % BLOCK !== 0) blocks.fill(bits === 8 ? 0x80 : 0x88);
  const scales = new Float32Array(out * perRow);
  const encode = bits === 8 ? encode8 : encode4;
  let block = 0;
  const addBlock = (values: Float32Array, words: Int32Array, from: number, to: number) => {
    const scale = extreme(values, words, from, to) / -zero;
    if (!Number.isFinite(scale))
      throw new VideorftError('values that are no finite numbers', { code: 'engine-quantize' });
    const tiny = Math.abs(scale) < SMALLEST_NORMAL;
    scales[block] = tiny ? 0 : scale;
    encode(values, from, to, tiny ? 0 : Math.fround(1 / scale), blocks, block++ * bytes);
  };
  /** Rows of whole blocks, by compiled loops; what they leave is the other way's, which knows what is wrong with it. */
  const addWholeBlocks = (values: Float32Array): Float32Array => {
    const done = quantizeBlocks(values, bits, blocks.subarray(block * bytes), scales.subarray(block));
    block += done / BLOCK;
    return values.subarray(done);
  };
  return {
    /** The next rows, row-major: a multiple of the matrix's width. */
    add(rows: Float32Array): void {
      const values = width % BLOCK === 0 ? addWholeBlocks(rows) : rows;
      const words = new Int32Array(values.buffer, values.byteOffset, values.length);
      for (let row = 0; row < values.length; row += width)
        for (let from = 0; from < width; from += BLOCK)
          addBlock(values, words, row + from, row + Math.min(width, from + BLOCK));
    },
    finish: (): QuantizedMatrix => ({ shape, bits, blocks, scales }),
  };
}

/** Gives the memory back at once, without waiting for the garbage collector; the matrix cannot be used any more. */
export function freeQuantized({ blocks, scales }: QuantizedMatrix): void {
  for (const { buffer } of [blocks, scales]) (buffer as ArrayBuffer).transfer(0);
}

/** values[out, in] in a few bits. */
export function quantize(values: Float32Array, shape: readonly [number, number], bits: Bits): QuantizedMatrix {
  const q = quantizer(shape, bits);
  q.add(values);
  return q.finish();
}

/** What a quantized matrix stands for, [out, in]. */
export function dequantize({ shape: [out, width], bits, blocks, scales }: QuantizedMatrix): Float32Array {
  const [perRow, bytes, zero] = [blocksPerRow(width), (BLOCK * bits) / 8, 2 ** (bits - 1)];
  return Float32Array.from({ length: out * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const block = row * perRow + Math.floor(column / BLOCK);
    const inBlock = column % BLOCK;
    const code =
      bits === 8
        ? blocks[block * bytes + inBlock]
        : (blocks[block * bytes + (inBlock >> 1)] >> (4 * (inBlock & 1))) & 15;
    return (code - zero) * scales[block];
  });
}
