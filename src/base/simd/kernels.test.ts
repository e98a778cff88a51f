// The compiled loops are those of their source, and give what plain arithmetic gives, bit for bit. That the quantizer is right:
// engine/quantized.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { f16Overflows, f32ToF16 } from '../half.ts';
import { sha256 } from '../hash.ts';
import { narrowBf16, widenBf16 } from './kernels.ts';
import { source } from './kernels.wasm.ts';

const allBits = Uint16Array.from({ length: 65536 }, (_, i) => i);
const exact = new Float32Array(Uint32Array.from(allBits, (bits) => bits << 16).buffer);
const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer);

test('the binary was made from the source that lies beside it', () => {
  expect(sha256(readFileSync(join(import.meta.dirname, 'kernels.as'), 'utf8'))).toBe(source);
});

test('every bf16 is widened, in chunks and up to the last multiple of 8', () => {
  const twice = new Uint16Array(2 * 65536 + 13).map((_, i) => i);
  const out = new Float32Array(twice.length);
  expect(widenBf16(twice, out)).toBe(2 * 65536 + 8);
  expect(bitsOf(out.slice(0, 65536))).toEqual(bitsOf(exact));
  expect(bitsOf(out.slice(65536, 2 * 65536))).toEqual(bitsOf(exact));
  expect([...bitsOf(out).subarray(2 * 65536)]).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((x) => x << 16).concat(0, 0, 0, 0, 0),
  );
});

test('every bf16 within f16 is rounded to its nearest, ties to even; at one beyond it stops', () => {
  const within = allBits.filter((bits) => (bits & 0x7fff) < 0x4780);
  const out = new Uint16Array(within.length);
  expect(narrowBf16(within, out)).toBe(within.length);
  expect(out).toEqual(f32ToF16(new Float32Array(Uint32Array.from(within, (bits) => bits << 16).buffer)));
  expect(f16Overflows(out)).toBe(false);
  for (const beyond of [0x4780, 0xc780, 0x7f80, 0xff80, 0x7fc0]) {
    const two = new Uint16Array(2 * 65536);
    two[65536 + 5] = beyond;
    expect(narrowBf16(two, new Uint16Array(two.length))).toBe(65536);
  }
});
