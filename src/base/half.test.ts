// 16-bit floats: every bit pattern and random f32 against the engine's own Float16Array; bfloat16 by hand.
import { expect, test } from 'vitest';
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from './half.ts';
import { createRng } from './rng.ts';

// Not in TypeScript's es2024 library yet; Node 24 has it.
const Float16 = (
  globalThis as unknown as {
    Float16Array: new (from: ArrayBufferLike | Float32Array) => ArrayLike<number> & { buffer: ArrayBuffer };
  }
).Float16Array;

const allBits = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** Random f32 bit patterns: all exponents, both signs. */
function randomFloats(n: number): Float32Array {
  const rng = createRng(1);
  return new Float32Array(Uint32Array.from({ length: n }, () => rng.int(2 ** 32)).buffer);
}

test('every f16 bit pattern has the value that Float16Array gives it', () => {
  const ours = f16ToF32(allBits);
  expect(ours).toEqual(Float32Array.from(new Float16(allBits.buffer)));
});

test('f32 → f16 rounds as Float16Array does', () => {
  const near = Float32Array.from({ length: 200_000 }, (_, i) => (i - 100_000) * 0.37 * 2 ** ((i % 40) - 26));
  const ties = Float32Array.from([
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    2 ** -25,
    3 * 2 ** -25,
    65519.99,
    65520,
    2 ** -24,
    -0,
  ]);
  for (const values of [randomFloats(300_000), near, ties]) {
    const theirs = new Uint16Array(new Float16(values).buffer);
    const ours = f32ToF16(values);
    let wrong = 0;
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]) && ours[i] !== theirs[i]) wrong++;
    expect(wrong).toBe(0);
  }
  expect(f16ToF32(f32ToF16(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

test('bf16 is the upper half of an f32, rounded to even', () => {
  expect([...bf16ToF32(Uint16Array.of(0x3f80, 0xc040, 0x0001))]).toEqual([1, -3, 2 ** -133]);
  const values = new Float32Array(Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0x7f7fffff).buffer);
  expect([...f32ToBf16(values)]).toEqual([0x3f80, 0x3f82, 0x3f81, 0x3f80, 0x7f80]);
  expect(bf16ToF32(f32ToBf16(Float32Array.of(Number.NaN)))[0]).toBeNaN();
  const exact = allBits.filter((bits) => (bits & 0x7f80) !== 0x7f80);
  expect(f32ToBf16(bf16ToF32(exact))).toEqual(exact);
});
