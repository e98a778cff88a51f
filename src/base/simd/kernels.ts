// The compiled loops of kernels.as, and those of reading weights over arrays of ours: chunks are copied into the memory of WebAssembly and back, small enough to stay in
// the processor's cache. Each does what it can of its input, from the beginning, and says how many values that was; the rest is the caller's.
import { binary } from './kernels.wasm.ts';

/** The loops of kernels.as, which says what each does; addresses and strides in bytes. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  widen(src: number, dst: number, count: number): void;
  narrow(src: number, dst: number, count: number): number;
  quantize(values: number, blocks: number, scales: number, count: number, bits: number): number;
  spread(src: number, dst: number, count: number): void;
  across(src: number, dst: number, width: number, first: number, count: number, weights: number, taps: number): void;
  down(
    ring: number,
    stride: number,
    slots: number,
    slot: number,
    count: number,
    weights: number,
    dst: number,
    length: number,
  ): void;
}

/** Values of a chunk. */
const CHUNK = 2 ** 16;
/** Where things lie in the memory, in bytes. */
const at = { bf16: 0, f16: 2 * CHUNK, f32: 4 * CHUNK, codes: 8 * CHUNK, scales: 9 * CHUNK };

/** The loops with a memory of their own. */
export const newKernels = (): Kernels =>
  new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, 'base64'))).exports as unknown as Kernels;

function instantiate() {
  const kernels = newKernels();
  const { buffer } = kernels.memory;
  return {
    kernels,
    bf16: new Uint16Array(buffer, at.bf16, CHUNK),
    f16: new Uint16Array(buffer, at.f16, CHUNK),
    f32: new Float32Array(buffer, at.f32, CHUNK),
    codes: new Uint8Array(buffer, at.codes, CHUNK),
    scales: new Float32Array(buffer, at.scales, CHUNK / 32),
  };
}
let instance: ReturnType<typeof instantiate> | undefined;
const simd = () => {
  instance ??= instantiate();
  return instance;
};

/** Calls `each` for [from, to) of whole multiples of `step` within `length`; returns where it ended: there, or where `each` said no. */
function chunks(length: number, step: number, each: (from: number, to: number) => boolean): number {
  const whole = length - (length % step);
  for (let from = 0; from < whole; from += CHUNK) if (!each(from, Math.min(whole, from + CHUNK))) return from;
  return whole;
}

/** bf16 bits → f32 values. Returns how many it did. */
export function widenBf16(bits: Uint16Array, out: Float32Array): number {
  const { kernels, bf16, f32 } = simd();
  return chunks(bits.length, 8, (from, to) => {
    bf16.set(bits.subarray(from, to));
    kernels.widen(at.bf16, at.f32, to - from);
    out.set(f32.subarray(0, to - from), from);
    return true;
  });
}

/** bf16 bits → f16 bits, until a chunk holds a value beyond f16. Returns how many it did. */
export function narrowBf16(bits: Uint16Array, out: Uint16Array): number {
  const { kernels, bf16, f16 } = simd();
  return chunks(bits.length, 8, (from, to) => {
    bf16.set(bits.subarray(from, to));
    if (kernels.narrow(at.bf16, at.f16, to - from) === 0) return false;
    out.set(f16.subarray(0, to - from), from);
    return true;
  });
}

/** Blocks of 32 values → codes, 32 · bits / 8 bytes a block, and scales, until a chunk holds what is no finite number. Returns how many values it did. */
export function quantizeBlocks(values: Float32Array, bits: 4 | 8, codes: Uint8Array, scales: Float32Array): number {
  const memory = simd();
  return chunks(values.length, 32, (from, to) => {
    const count = to - from;
    memory.f32.set(values.subarray(from, to));
    if (memory.kernels.quantize(at.f32, at.codes, at.scales, count, bits) === 0) return false;
    codes.set(memory.codes.subarray(0, (count * bits) / 8), (from * bits) / 8);
    scales.set(memory.scales.subarray(0, count / 32), from / 32);
    return true;
  });
}
