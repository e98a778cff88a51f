// Operations with parallel reductions at full size: 2 threads, 50 runs, bit-identical and equal to an f64 oracle.
// The values are small integers where sums of them are exact in f32, so that "equal" means equal. (Small sizes: src/engine/ops.test.ts.)
import { describe, expect, test } from 'vitest';
import { createRng } from '../src/base/rng.ts';
import { compile } from '../src/engine/compile.ts';
import { gradients } from '../src/engine/grad.ts';
import type { Node } from '../src/engine/graph.ts';
import * as o from '../src/engine/ops.ts';
import { type Buffer, f32, i32 } from '../src/engine/runtime/ort.ts';
import { relativeError } from '../src/engine/testing.fixture.ts';

const runs = 50;
const integers = (seed: number, shape: readonly number[], most = 8): Buffer => {
  const rng = createRng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return f32(
    Float32Array.from({ length: size }, () => rng.int(2 * most + 1) - most),
    shape,
  );
};
const values = (b: Buffer) => b.data as Float32Array;

/** Runs `outputs` 50 times on 2 threads; every run must give the same bits. Returns the first run's results. */
async function repeatedly(
  outputs: Record<string, Node>,
  feeds: Record<string, Buffer>,
): Promise<Record<string, Buffer>> {
  const program = await compile(outputs, [], { threads: 2 });
  const first = await program.run(feeds);
  const bits = (b: Buffer) => Buffer.from(b.data.buffer, b.data.byteOffset, b.data.byteLength);
  for (let run = 1; run < runs; run++) {
    const again = await program.run(feeds);
    for (const name of Object.keys(outputs)) {
      if (!bits(again[name]).equals(bits(first[name]))) throw new Error(`run ${run} of ${name} has other bits`);
    }
  }
  await program.dispose();
  return first;
}

describe('an embedding of 1024 × 256 with 2,048 tokens', () => {
  const [rows, width, tokens] = [1024, 256, 2048];
  /** Half of the tokens name one of 16 rows. */
  const rng = createRng(1);
  const ids = i32(
    Array.from({ length: tokens }, () => (rng.next() < 0.5 ? rng.int(16) : rng.int(rows))),
    [tokens],
  );
  const updates = integers(2, [tokens, width]);
  const want = new Float64Array(rows * width);
  for (let t = 0; t < tokens; t++) {
    for (let d = 0; d < width; d++) want[(ids.data as Int32Array)[t] * width + d] += values(updates)[t * width + d];
  }
  test('scatterAdd', async () => {
    const y = o.scatterAdd(o.input('ids', [tokens], 'i32'), o.input('updates', [tokens, width]), rows);
    const r = await repeatedly({ y }, { ids, updates });
    expect(values(r.y)).toEqual(Float32Array.from(want));
  });
  test('the gradient of gather, ids in a batch', async () => {
    const table = o.param('table', [rows, width]);
    const picked = o.gather(table, o.input('ids', [8, tokens / 8], 'i32'));
    const [g] = gradients(o.sum(o.mul(picked, o.input('updates', [8, tokens / 8, width]))), [table]);
    const shaped = { ids: { ...ids, shape: [8, tokens / 8] }, updates: { ...updates, shape: [8, tokens / 8, width] } };
    const r = await repeatedly({ g }, shaped);
    expect(values(r.g)).toEqual(Float32Array.from(want));
  });
});

test('sums over large axes, first, last and all', async () => {
  const [rows, columns] = [96, 20_000];
  const x = integers(4, [rows, columns], 4);
  const n = o.input('x', [rows, columns]);
  const r = await repeatedly({ first: o.sum(n, 0), last: o.sum(n, 1), all: o.sum(n), top: o.reduceMax(n, 1) }, { x });
  const [first, last] = [new Float32Array(columns), new Float32Array(rows)];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      first[j] += values(x)[i * columns + j];
      last[i] += values(x)[i * columns + j];
    }
  }
  expect(values(r.first)).toEqual(first);
  expect(values(r.last)).toEqual(last);
  expect(values(r.all)[0]).toBe(last.reduce((a, b) => a + b, 0));
  expect(values(r.top)).toEqual(new Float32Array(rows).fill(4));
});

test('matrix products with a large inner size, in each transposition that training uses', async () => {
  const [m, k, n] = [48, 8192, 40];
  const [a, b] = [integers(5, [m, k]), integers(6, [k, n])];
  const flip = (x: Buffer): Buffer => {
    const [rows, columns] = x.shape;
    const data = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[j * rows + i] = values(x)[i * columns + j];
    return f32(data, [columns, rows]);
  };
  const [A, B, At, Bt] = [o.input('a', [m, k]), o.input('b', [k, n]), o.input('at', [k, m]), o.input('bt', [n, k])];
  const r = await repeatedly(
    {
      plain: o.matmul(A, B),
      transB: o.matmul(A, Bt, { transB: true }),
      transA: o.matmul(At, B, { transA: true }),
      half: o.matmul(At, Bt, { transA: true, transB: true, alpha: 0.5 }),
    },
    { a, b, at: flip(a), bt: flip(b) },
  );
  const want = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let c = 0; c < k; c++) {
      for (let j = 0; j < n; j++) want[i * n + j] += values(a)[i * k + c] * values(b)[c * n + j];
    }
  }
  for (const name of ['plain', 'transB', 'transA']) expect(values(r[name]), name).toEqual(want);
  expect(values(r.half)).toEqual(want.map((v) => v / 2));
});

test('softmax, its logarithm and a norm on wide rows', async () => {
  const [rows, width] = [64, 8192];
  const rng = createRng(7);
  const x = f32(
    Float32Array.from({ length: rows * width }, () => 4 * rng.normal()),
    [rows, width],
  );
  const weight = f32(
    Float32Array.from({ length: width }, () => rng.normal()),
    [width],
  );
  const n = o.input('x', [rows, width]);
  const normed = o.rmsNorm(n, o.input('weight', [width]), 1e-6);
  const r = await repeatedly({ soft: o.softmax(n), log: o.logSoftmax(n), normed }, { x, weight });
  const [soft, log, norm] = [1, 2, 3].map(() => new Float64Array(rows * width));
  for (let i = 0; i < rows; i++) {
    const row = values(x).subarray(i * width, (i + 1) * width);
    let [total, squares] = [0, 0];
    for (const v of row) {
      total += Math.exp(v);
      squares += v * v;
    }
    const rms = Math.sqrt(squares / width + 1e-6);
    for (const [j, v] of row.entries()) {
      soft[i * width + j] = Math.exp(v) / total;
      log[i * width + j] = v - Math.log(total);
      norm[i * width + j] = (v / rms) * values(weight)[j];
    }
  }
  expect(relativeError(values(r.soft), soft)).toBeLessThan(2e-6);
  expect(relativeError(values(r.log), log)).toBeLessThan(1e-6);
  expect(relativeError(values(r.normed), norm)).toBeLessThan(1e-6);
});
