// Matrices of few bits: the round trip against its bound, the kernel against the values that the codes stand for, programs for any number of rows.
import { expect, test } from 'vitest';
import { createRng } from '../base/rng.ts';
import * as o from './ops.ts';
import { BLOCK, dequantize, quantize, quantizer } from './quantized.ts';
import { compileRows } from './row-program.ts';
import { f32 } from './runtime/ort.ts';

const normals = (seed: number, n: number) => {
  const rng = createRng(seed);
  return Float32Array.from({ length: n }, () => rng.normal());
};

test.each([4, 8] as const)(
  '%i bits: no value is further off than half a step, the largest of a block not at all',
  (bits) => {
    const shape = [5, 70] as const; // a last block of 6
    const values = normals(bits, 350);
    const back = dequantize(quantize(values, shape, bits));
    for (let row = 0; row < 5; row++) {
      for (let from = 0; from < 70; from += BLOCK) {
        const at = Array.from({ length: Math.min(BLOCK, 70 - from) }, (_, i) => row * 70 + from + i);
        const largest = at.reduce((a, b) => (Math.abs(values[b]) > Math.abs(values[a]) ? b : a));
        const step = Math.abs(values[largest]) / 2 ** (bits - 1);
        expect(back[largest]).toBeCloseTo(values[largest], 6);
        // The code that has no opposite is the largest value's; what lies as far on the other side is one step short.
        for (const i of at)
          expect(Math.abs(back[i] - values[i])).toBeLessThanOrEqual(
            (Math.sign(values[i]) === Math.sign(values[largest]) ? 0.5 : 1) * step * 1.0001,
          );
      }
    }
  },
);

test('codes and scales by hand', () => {
  const { blocks, scales } = quantize(Float32Array.of(-8, 7, 0, 1.4), [1, 4], 4);
  expect([...scales]).toEqual([1]);
  expect([...blocks.subarray(0, 2)]).toEqual([0 | (15 << 4), 8 | (9 << 4)]);
  expect([...blocks.subarray(2)]).toEqual(new Array(14).fill(0x88));
  expect([...quantize(Float32Array.of(0, 0), [1, 2], 8).scales].map(Math.abs)).toEqual([0]);
});

test('what is no finite number is refused', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(() => quantize(Float32Array.of(1, bad, 2), [1, 3], 8)).toThrow('no finite numbers');
});

/** Values of all magnitudes: some blocks normal, some of random bits, some tiny, some with two largest of opposite signs, some zero. */
function hostileBlocks(n: number): Float32Array {
  const rng = createRng(9);
  const bits = () => rng.int(2) * 2 ** 31 + rng.int(0x7f800000);
  const random = () => new Float32Array(Uint32Array.of(bits()).buffer)[0];
  const kinds = [
    () => rng.normal(),
    random,
    () => rng.normal() * 2 ** (-110 - rng.int(40)),
    () => (rng.int(2) - 0.5) * (rng.int(4) + 1),
    () => 0,
    () => -(2 ** -126) * rng.int(200),
  ];
  return Float32Array.from({ length: n * BLOCK }, (_, i) => kinds[Math.floor(i / BLOCK) % kinds.length]());
}

test.each([4, 8] as const)('%i bits: compiled loops give what plain arithmetic gives, bit for bit', (bits) => {
  const blocks = 3000; // more than a chunk of the loops
  const values = hostileBlocks(blocks);
  const compiled = quantize(values, [blocks / 10, 10 * BLOCK], bits);
  const plain = quantizer([blocks, BLOCK + 1], bits); // rows that are not whole blocks
  for (let b = 0; b < blocks; b++) plain.add(Float32Array.of(...values.subarray(b * BLOCK, (b + 1) * BLOCK), 0));
  const want = plain.finish();
  const bytes = (BLOCK * bits) / 8;
  for (let b = 0; b < blocks; b++) {
    expect(compiled.scales[b]).toBe(want.scales[2 * b]);
    expect(compiled.blocks.slice(b * bytes, (b + 1) * bytes)).toEqual(
      want.blocks.slice(2 * b * bytes, (2 * b + 1) * bytes),
    );
  }
  expect(() =>
    quantize(
      values.map((x, i) => (i === 70_000 ? Number.NaN : x)),
      [blocks, BLOCK],
      bits,
    ),
  ).toThrow('no finite');
});

test.each([4, 8] as const)('%i bits: a row that ends within a block has the codes of one that ends in zero', (bits) => {
  const values = hostileBlocks(600);
  for (let at = 0; at < values.length; at += BLOCK) {
    const row = values.slice(at, at + BLOCK - 1);
    const [cut, whole] = [quantize(row, [1, BLOCK - 1], bits), quantize(Float32Array.of(...row, 0), [1, BLOCK], bits)];
    expect(cut.blocks).toEqual(whole.blocks);
    expect(cut.scales.map(Math.abs)).toEqual(whole.scales.map(Math.abs));
  }
});

test('rows can come a few at a time', () => {
  const values = normals(3, 4 * 40);
  const q = quantizer([4, 40], 4);
  q.add(values.subarray(0, 40));
  q.add(values.subarray(40));
  expect(q.finish()).toEqual(quantize(values, [4, 40], 4));
});

/** ‖got − want‖ / ‖want‖. */
function distance(got: Float32Array, want: Float32Array): number {
  let [d, n] = [0, 0];
  got.forEach((x, i) => {
    d += (x - want[i]) ** 2;
    n += want[i] ** 2;
  });
  return Math.sqrt(d / n);
}

function product(x: Float32Array, w: Float32Array, rows: number, [out, width]: readonly [number, number]) {
  return Float32Array.from({ length: rows * out }, (_, i) => {
    const [r, c] = [Math.floor(i / out), i % out];
    let sum = 0;
    for (let k = 0; k < width; k++) sum += x[r * width + k] * w[c * width + k];
    return sum;
  });
}

test.each([4, 8] as const)(
  '%i bits: the kernel gives the product with what the codes stand for, for any number of rows',
  async (bits) => {
    const shape = [96, 200] as const; // 200: a last block of 8
    const matrix = quantize(normals(bits, 96 * 200), shape, bits);
    const program = await compileRows((rows) => {
      const x = o.input('x', [rows, 200]);
      return { y: o.add(o.quantizedProduct(x, matrix), o.param('bias', [96])), same: x };
    });
    const bias = f32(normals(9, 96), [96]);
    for (const rows of [1, 3, 7, 40]) {
      const x = normals(rows, rows * 200);
      const { y, same } = await program.run({ x: f32(x, [rows, 200]), bias });
      expect(y.shape).toEqual([rows, 96]);
      expect(same.data).toEqual(x);
      const want = product(x, dequantize(matrix), rows, shape).map((v, i) => v + (bias.data[i % 96] as number));
      expect(distance(y.data as Float32Array, want)).toBeLessThan(0.006); // activations are rounded to 8 bits
    }
    await program.dispose();
  },
);

test('a graph in which the number of rows is written down is refused', async () => {
  const reshaped = (rows: number) => ({ y: o.reshape(o.input('x', [rows, 4]), [2, rows, 2]) });
  await expect(compileRows(reshaped)).rejects.toThrow('not the same for every number of rows');
  const counted = (rows: number) => {
    const table = o.constant(new Float32Array(100).fill(rows), [100]);
    return { y: o.add(o.input('x', [rows, 100]), table) };
  };
  await expect(compileRows(counted)).rejects.toThrow('not the same for every number of rows');
  const wired = (rows: number) => {
    const [a, b] = [o.input('a', [rows, 4]), o.input('b', [rows, 4])];
    return { y: rows > 10 ? o.sub(a, b) : o.sub(b, a), z: o.add(a, b) };
  };
  await expect(compileRows(wired)).rejects.toThrow('not the same for every number of rows');
  const flattened = (rows: number) => ({ y: o.reshape(o.input('x', [rows, 4]), [4 * rows]) });
  await expect(compileRows(flattened)).rejects.toThrow('not the same for every number of rows');
});

test('feeds of another width are refused', async () => {
  const program = await compileRows((rows) => ({ y: o.mul(o.input('x', [rows, 4]), 2) }));
  await expect(program.run({ x: f32(new Float32Array(10), [2, 5]) })).rejects.toThrow(
    'expected f32[rows,4], got f32[2,5]',
  );
});
