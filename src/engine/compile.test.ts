// Compiled programs: feeds, outputs, updates in place, halves, devices that are not there.
import { describe, expect, test } from 'vitest';
import { VideorftError } from '../base/errors.ts';
import { compile } from './compile.ts';
import { lower } from './lower.ts';
import { encodeModel } from './onnx/proto.ts';
import * as o from './ops.ts';
import {
  type Buffer,
  createBuffer,
  createProgram,
  type Device,
  f32,
  i32,
  listDevices,
  runtimeVersion,
} from './runtime/ort.ts';
import { random, relativeError, toBuffer } from './testing.fixture.ts';

const numbers = (b: Buffer) => Array.from(b.data as Float32Array);
const of = (...values: number[]) => f32(Float32Array.from(values), [values.length]);

describe('outputs', () => {
  const x = o.input('x', [2]);
  test('one node under two names, an input as an output, a constant, a view', async () => {
    const y = o.neg(x);
    const program = await compile({ y, again: y, same: x, view: o.stopGradient(x), three: o.scalar(3) });
    const r = await program.run({ x: of(1, -2) });
    expect([r.y, r.again, r.same, r.view, r.three].map(numbers)).toEqual([[-1, 2], [-1, 2], [1, -2], [1, -2], [3]]);
    expect(r.three.shape).toEqual([]);
    await program.dispose();
  });
  test('names of inputs cannot meet names of intermediate values', async () => {
    const odd = ['t0', 't1', 'c0', 'c1', 't'].map((name) => o.input(name, [1]));
    const program = await compile({ out: odd.reduce((a, b) => o.add(o.mul(a, 2), b)), shown: o.stopGradient(odd[0]) });
    const feeds = Object.fromEntries(['t0', 't1', 'c0', 'c1', 't'].map((name, i) => [name, of(i + 1)]));
    const r = await program.run(feeds);
    expect([numbers(r.out), numbers(r.shown)]).toEqual([[57], [1]]);
  });
  test('equal constants of different types and shapes stay apart', async () => {
    const zeros = [
      o.constant(new Float32Array(2), [2]),
      o.constant(new Int32Array(2), [2]),
      o.constant(new Float32Array(2), [2, 1]),
    ];
    const [a, b, c] = zeros;
    const r = await (await compile({ a: o.add(a, x), b: o.add(o.cast(b, 'f32'), x), c: o.add(c, x) })).run({
      x: of(1, 2),
    });
    expect([r.a.shape, r.b.shape, r.c.shape]).toEqual([[2], [2], [2, 2]]);
    expect(numbers(r.c)).toEqual([1, 2, 1, 2]);
  });
  test('long constants that share a beginning stay apart', async () => {
    const long = (last: number) =>
      o.constant(
        Float32Array.from({ length: 3000 }, (_, i) => (i === 2999 ? last : 1)),
        [3000],
      );
    const r = await (await compile({ a: o.sum(long(5)), b: o.sum(long(7)) })).run({});
    expect([numbers(r.a), numbers(r.b)]).toEqual([[3004], [3006]]);
  });
});

describe('feeds', () => {
  test('a wrong type, shape or a missing tensor is an error that names it', async () => {
    const program = await compile({ y: o.neg(o.input('x', [2])) });
    expect(program.inputs).toEqual(['x']);
    await expect(program.run({})).rejects.toThrow('tensor x: expected f32[2], got nothing');
    await expect(program.run({ x: of(1, 2, 3) })).rejects.toThrow('tensor x: expected f32[2], got f32[3]');
    await expect(program.run({ x: i32([1, 2], [2]) })).rejects.toThrow('tensor x: expected f32[2], got i32[2]');
  });
  test('what the graph does not read is neither asked for nor passed on', async () => {
    const program = await compile({ y: o.neg(o.input('x', [1])) });
    expect(numbers((await program.run({ x: of(4), other: of(1) })).y)).toEqual([-4]);
  });
});

describe('updates', () => {
  test('are in the caller’s memory after each run, results in memory of their own', async () => {
    const p = o.param('p', [2]);
    const value = o.add(p, 1);
    const program = await compile({ y: o.mul(value, 10) }, [{ target: p, value }]);
    const memory = of(1, 2);
    const first = (await program.run({ p: memory })).y;
    await program.run({ p: memory });
    expect(numbers(memory)).toEqual([3, 4]);
    expect(numbers(first)).toEqual([20, 30]);
  });
  test('a target that nothing reads is written all the same, and has to be fed', async () => {
    const [p, x] = [o.param('p', [2]), o.input('x', [2])];
    const program = await compile({}, [{ target: p, value: o.mul(x, 2) }]);
    expect([...program.inputs].sort()).toEqual(['p', 'x']);
    const memory = of(0, 0);
    await program.run({ p: memory, x: of(1, 2) });
    expect(numbers(memory)).toEqual([2, 4]);
    await expect(program.run({ x: of(1, 2) })).rejects.toThrow('tensor p: expected f32[2], got nothing');
  });
  test('two targets may take one value', async () => {
    const [p, q, x] = [o.param('p', [2]), o.param('q', [2]), o.input('x', [2])];
    const value = o.mul(x, 2);
    const program = await compile({ value }, [
      { target: p, value },
      { target: q, value },
    ]);
    const memory = { p: of(0, 0), q: of(0, 0), x: of(1, 2) };
    const { value: returned } = await program.run(memory);
    expect([memory.p, memory.q, returned].map(numbers)).toEqual([
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
  });
});

test('halves are held as their 16 bits, in and out and in place', async () => {
  const [x, h] = [o.input('x', [3]), o.input('h', [3], 'f16')];
  const out = await (await compile({ y: o.cast(x, 'f16') })).run({ x: of(1, 2, -3) });
  expect(out.y.data).toEqual(Uint16Array.of(0x3c00, 0x4000, 0xc200));
  const back = await (await compile({ y: o.cast(h, 'f32') })).run({ h: out.y });
  expect(numbers(back.y)).toEqual([1, 2, -3]);
  const memory = { ...createBuffer('f16', [3]), data: Uint16Array.of(0x3c00, 0x4000, 0xc200) };
  await (await compile({}, [{ target: h, value: o.add(h, h) }])).run({ h: memory });
  expect(memory.data).toEqual(Uint16Array.of(0x4000, 0x4400, 0xc600));
});

describe('devices', () => {
  async function attempt(device: Device): Promise<VideorftError | undefined> {
    try {
      const program = await compile({ y: o.neg(o.input('x', [1])) }, [], { device });
      expect(numbers((await program.run({ x: of(4) })).y)).toEqual([-4]);
      return undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(VideorftError);
      return error as VideorftError;
    }
  }
  test('cpu is there, with the version of the runtime', async () => {
    expect(await attempt('cpu')).toBeUndefined();
    expect(await listDevices()).toContain('cpu');
    expect(await runtimeVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
  test('a device that nobody has heard of is an error that names what is there', async () => {
    const error = await attempt('abacus' as Device);
    expect(error?.code).toBe('engine-device');
    expect(error?.facts.available).toContain('cpu');
    expect(error?.fix).toBeTruthy();
  });
  test('1/rms as lowered for webgpu, where the kernel does not give it, is what the kernel gives on the cpu', async () => {
    const normed = o.rmsNorm(o.input('x', [2, 3, 8]), o.input('w', [8]), 0.1);
    const outputs = { y: normed, r: o.part(normed, 1) };
    const feeds = { x: toBuffer(random(1, [2, 3, 8])), w: toBuffer(random(2, [8])) };
    const want = await (await compile(outputs)).run(feeds);
    const got = await (await createProgram(encodeModel(lower(outputs, 'webgpu')), ['y', 'r'])).run(feeds);
    expect(got.r.shape).toEqual([2, 3, 1]);
    for (const name of ['y', 'r']) expect(relativeError(numbers(got[name]), numbers(want[name]))).toBeLessThan(1e-6);
  });
  test('products and logSoftmax as lowered for webgpu, which has no kernel for turned and scaled ones', async () => {
    const [a, b] = [o.input('a', [2, 1, 4, 3]), o.input('b', [5, 6, 4])];
    const outputs = {
      y: o.matmul(a, b, { transA: true, transB: true, alpha: 0.3 }),
      z: o.matmul(b, a, { transA: false }),
      flat: o.matmul(o.input('c', [4, 3]), o.input('d', [5, 4]), { transA: true, transB: true, alpha: 0.3 }),
      probabilities: o.logSoftmax(o.mul(b, 100)),
    };
    const feeds = {
      a: toBuffer(random(1, [2, 1, 4, 3])),
      b: toBuffer(random(2, [5, 6, 4])),
      c: toBuffer(random(3, [4, 3])),
      d: toBuffer(random(4, [5, 4])),
    };
    const want = await (await compile(outputs)).run(feeds);
    const model = encodeModel(lower(outputs, 'webgpu'));
    for (const missing of ['FusedMatMul', 'LogSoftmax']) expect(Buffer.from(model).includes(missing)).toBe(false);
    const names = Object.keys(outputs) as (keyof typeof outputs)[];
    const got = await (await createProgram(model, names)).run(feeds);
    for (const name of names) expect(relativeError(numbers(got[name]), numbers(want[name]))).toBeLessThan(1e-6);
  });
  test('weights held as bf16 are refused on webgpu, with what to do', () => {
    const outputs = { y: o.cast(o.param('w', [4], 'bf16'), 'f32') };
    expect(() => lower(outputs, 'webgpu')).toThrow(
      expect.objectContaining({ fix: expect.stringContaining('dtype f16') }),
    );
  });

  test('on webgpu a large matrix that few rows meet is read as it is, not copied to be turned', async () => {
    const table = o.input('table', [2 ** 15, 32]);
    const few = (rows: number) => ({ y: o.matmul(o.input('x', [rows, 32]), table, { transB: true, alpha: 2 }) });
    const operators = (rows: number) => lower(few(rows), 'webgpu').nodes.map((n) => n.op);
    expect(operators(8)).toEqual(['Gemm']);
    expect(operators(1024)).toContain('Transpose');
    const feeds = { x: toBuffer(random(1, [8, 32])), table: toBuffer(random(2, [2 ** 15, 32])) };
    const want = await (await compile(few(8))).run(feeds);
    const got = await (await createProgram(encodeModel(lower(few(8), 'webgpu')), ['y'])).run(feeds);
    expect(relativeError(numbers(got.y), numbers(want.y))).toBeLessThan(1e-6);
  });
  test('webgpu runs, or is refused with what is there', async () => {
    const error = await attempt('webgpu');
    if (!error) return; // A machine with a GPU: test/webgpu.test.ts.
    expect(error.code).toBe('engine-device');
    expect(error.message).toBe('device "webgpu" is not available here');
    expect(error.facts.available).toBe('cpu');
    expect(error.fix).toContain('GPU');
  });
});
