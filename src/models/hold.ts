// What a weight becomes in memory, filled piece by piece as it is read. Leaves out: which weight is held as what (size.ts).
import { VideorftError } from '../base/errors.ts';
import { f16Overflows } from '../base/half.ts';
import { type SafeTensor, toBfloat16, toFloat16, toFloat32 } from '../base/safetensors.ts';
import type { Buffer, QuantizedMatrix } from '../engine/index.ts';
import { asBits } from './quantize.ts';
import type { Held } from './size.ts';

export type HeldWeight = Buffer | QuantizedMatrix;

/** Takes a tensor's values, rows in order, in memory that is reused after each call. Errors of `add`: values that it cannot hold. */
export interface Taker {
  add(piece: SafeTensor): void;
  finish(): HeldWeight;
}

/** Fills a buffer; `convert` writes a piece into the part of it that it belongs to. */
function filling<D extends Float32Array | Uint16Array>(
  buffer: Buffer & { readonly data: D },
  convert: (piece: SafeTensor, into: D) => void,
): Taker {
  let at = 0;
  return {
    add(piece) {
      convert(piece, buffer.data.subarray(at, at + piece.data.length) as D);
      at += piece.data.length;
    },
    finish: () => buffer,
  };
}

/** Half the memory; a value that f16 cannot hold is an error, not an infinity. */
function fillFloat16(piece: SafeTensor, into: Uint16Array): void {
  if (f16Overflows(toFloat16(piece, into))) throw new VideorftError('values beyond f16', { code: 'model-f16' });
}

export function takerOf(held: Held, shape: readonly number[]): Taker {
  const size = shape.reduce((a, b) => a * b, 1);
  if (held === 'f32') return filling({ dtype: 'f32', shape, data: new Float32Array(size) }, toFloat32);
  if (held === 'bf16') return filling({ dtype: 'bf16', shape, data: new Uint16Array(size) }, toBfloat16);
  if (held === 'f16') return filling({ dtype: 'f16', shape, data: new Uint16Array(size) }, fillFloat16);
  return asBits(held, shape);
}

/** Memory of its own that a weight holds. */
export const memoryOf = (weight: HeldWeight): ArrayBuffer[] =>
  ('bits' in weight ? [weight.blocks, weight.scales] : [weight.data]).map(({ buffer }) => buffer as ArrayBuffer);
