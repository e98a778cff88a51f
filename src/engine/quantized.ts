// Matrices held in 8 or 4 bits: each row in blocks that share a scale, symmetric around zero, in the layout of ONNX Runtime's MatMulNBits.
// Rounding is that of llama.cpp's Q4_0: a block's value of largest magnitude takes the one code that has no opposite.
// Leaves out: zero points, scales narrower than f32.
import { VideorftError } from '../base/errors.ts';

/** Values that share a scale. */
export const BLOCK = 32;

export type Bits = 4 | 8;

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

export const quantizedBytes = ([out, width]: readonly number[], bits: Bits): number =>
  out * blocksPerRow(width) * ((BLOCK * bits) / 8 + 4);

/** The value of largest magnitude, with its sign; NaN where one is no finite number. */
function extreme(values: Float32Array, from: number, to: number): number {
  let [most, least, zero] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    const v = values[i];
    zero += v * 0; // NaN of an infinity
    if (v > most) most = v;
    else if (v < least) least = v;
  }
  return zero + (most > -least ? most : least);
}

/** Fills the rows of a quantized matrix in order, a few at a time, so that the wide form is never there as a whole. Errors of `add`: engine-quantize. */
export function quantizer(shape: readonly [number, number], bits: Bits) {
  const [out, width] = shape;
  const [perRow, bytes, zero] = [blocksPerRow(width), (BLOCK * bits) / 8, 2 ** (bits - 1)];
  const blocks = new Uint8Array(out * perRow * bytes);
  const scales = new Float32Array(out * perRow);
  const codes = new Uint8Array(BLOCK);
  let block = 0;
  const addBlock = (values: Float32Array, from: number, to: number) => {
    const scale = extreme(values, from, to) / -zero;
    if (Number.isNaN(scale))
      throw new VideorftError('values that are no finite numbers cannot be quantized', { code: 'engine-quantize' });
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    codes.fill(zero);
    for (let i = from; i < to; i++) {
      const code = (values[i] * inverse + zero + 0.5) | 0; // never negative: |value / scale| ≤ zero
      codes[i - from] = code < 2 * zero ? code : 2 * zero - 1;
    }
    const at = block * bytes;
    if (bits === 8) blocks.set(codes, at);
    else for (let i = 0; i < bytes; i++) blocks[at + i] = codes[2 * i] | (codes[2 * i + 1] << 4);
    block++;
  };
  return {
    /** The next rows, row-major: a multiple of the matrix's width. */
    add(values: Float32Array): void {
      for (let row = 0; row < values.length; row += width)
        for (let from = 0; from < width; from += BLOCK)
          addBlock(values, row + from, row + Math.min(width, from + BLOCK));
    },
    finish: (): QuantizedMatrix => ({ shape, bits, blocks, scales }),
  };
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
