// Every operation of the closed set: forward values against an f64 oracle, gradients against central differences.
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../base/errors.ts';
import { compile } from './compile.ts';
import { gradients } from './grad.ts';
import { type Node, type OpName, topologicalOrder } from './graph.ts';
import * as o from './ops.ts';
import { compositions, pointwise } from './proofs/pointwise.fixture.ts';
import { layers, reducing } from './proofs/reducing.fixture.ts';
import { shaping } from './proofs/shaping.fixture.ts';
import { shortcuts } from './proofs/shortcuts.fixture.ts';
import { quantize } from './quantized.ts';
import { at, dense, type Proof, proveOperation, random, tabulate, toBuffer } from './testing.fixture.ts';

/** Leaves have no values of their own; everything else needs proofs, or this table does not compile. */
const proofs: Readonly<Record<OpName, 'leaf' | readonly Proof[]>> = {
  input: 'leaf',
  param: 'leaf',
  constant: 'leaf',
  ...pointwise,
  ...shaping,
  ...reducing,
};
/** Operations without a gradient, whose proofs are of the forward values alone. */
const forwardOnly: readonly OpName[] = [
  'stopGradient',
  'part',
  'equal',
  'less',
  'reduceMax',
  'scatterAdd',
  'gqa',
  'quantizedProduct',
];

const leavesOf = (p: Proof) =>
  Object.fromEntries(Object.entries(p.inputs).map(([name, t]) => [name, o.input(name, t.shape, t.dtype)]));

describe.each(Object.entries(proofs).filter(([, list]) => list !== 'leaf'))('%s', (op, list) => {
  test.each(list as readonly Proof[])('$name', async (proof) => {
    expect(topologicalOrder([proof.build(leavesOf(proof))]).map((n) => n.op)).toContain(op);
    await proveOperation(proof);
  });
});

test('every operation but the leaves and the named eight has its gradient proven', () => {
  const differentiated = Object.entries(proofs).filter(
    ([, list]) => list !== 'leaf' && list.some((p) => p.wrt === undefined || p.wrt.length > 0),
  );
  const leaves = Object.entries(proofs).filter(([, list]) => list === 'leaf');
  expect([...differentiated, ...leaves].map(([op]) => op).sort()).toEqual(
    Object.keys(proofs)
      .filter((op) => !forwardOnly.includes(op as OpName))
      .sort(),
  );
});

describe('compositions', () => {
  test.each([...compositions, ...layers, ...shortcuts])('$name', async (proof) => {
    await proveOperation(proof);
  });
});

describe('the helper sees mistakes', () => {
  const square = (build: Proof['build'], oracle: Proof['oracle'] = ({ x }) => tabulate([4], (k) => at(x, k) ** 2)) =>
    proveOperation({ name: 'square', inputs: { x: random(1, [4]) }, build, oracle });
  test('a right one passes', async () => {
    await square(({ x }) => o.mul(x, x));
  });
  test('wrong values', async () => {
    await expect(square(({ x }) => o.mul(x, o.mul(x, 1.00001)))).rejects.toThrow(/square: error/);
  });
  test('a wrong gradient', async () => {
    await expect(square(({ x }) => o.mul(x, o.stopGradient(x)))).rejects.toThrow(/square d\/x: error/);
  });
  test('a wrong shape', async () => {
    await expect(square(({ x }) => o.reshape(o.mul(x, x), [2, 2]))).rejects.toThrow(/gives f32\[2,2\]/);
  });
  test('not a number', async () => {
    await expect(square(({ x }) => o.mul(o.sqrt(o.sub(0, o.mul(x, x))), x))).rejects.toThrow(/error Infinity/);
  });
});

describe('where no gradient exists', () => {
  const x = o.param('x', [2, 4]);
  const ids = o.input('ids', [2], 'i32');
  const cache = () => o.param('cache', [2, 1, 4, 8]);
  const refused: Record<string, () => [Node, Node]> = {
    reduceMax: () => [o.sum(o.reduceMax(x, -1)), x],
    part: () => [o.sum(o.part(o.rmsNorm(x, o.param('w', [4]), 1e-6), 1)), x],
    scatterAdd: () => [o.sum(o.scatterAdd(ids, x, 3)), x],
    quantizedProduct: () => {
      const q = o.quantizedProduct(x, quantize(new Float32Array(12), [3, 4], 4));
      return [o.sum(q), x];
    },
    gqa: () => {
      const q = o.param('q', [2, 1, 8]);
      const [seqlens, total] = [o.input('seqlens', [2], 'i32'), o.input('total', [1], 'i32')];
      return [o.sum(o.gqa({ q, k: q, v: q, pastK: cache(), pastV: cache(), seqlens, total }, 1, 1, 1)), q];
    },
  };
  test.each(Object.keys(refused))('%s refuses', (op) => {
    const [loss, wrt] = refused[op]();
    expect(() => gradients(loss, [wrt])).toThrow(`${op} has no gradient`);
  });
  test('an operation off the path to what is asked for does not refuse', () => {
    const w = o.param('w', [2]);
    expect(gradients(o.sum(o.mul(w, o.reduceMax(x, -1))), [w])[0].shape).toEqual([2]);
  });
  test('stopGradient, comparisons and what the loss does not read give zeros', async () => {
    const y = o.param('y', [2, 4]);
    const picked = o.where(o.less(x, 0.5), o.stopGradient(x), 2);
    const [dx, dy] = gradients(o.sum(o.mul(picked, o.stopGradient(x))), [x, y]);
    const program = await compile({ dx, dy });
    const results = await program.run({ x: toBuffer(random(1, [2, 4])) });
    expect(Array.from(results.dx.data as Float32Array)).toEqual(new Array(8).fill(0));
    expect(Array.from(results.dy.data as Float32Array)).toEqual(new Array(8).fill(0));
  });
  test('a loss that is no scalar is refused', () => {
    expect(() => gradients(x, [x])).toThrow('the loss has shape [2,4], not a scalar');
  });
  test('the gradient is with respect to intermediate values too', async () => {
    const middle = o.mul(x, 3);
    const [dm, dx] = gradients(o.sum(o.mul(middle, middle)), [middle, x]);
    const results = await (await compile({ dm, dx })).run({ x: toBuffer(dense([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])) });
    expect(Array.from(results.dm.data as Float32Array)).toEqual([6, 12, 18, 24, 30, 36, 42, 48]);
    expect(Array.from(results.dx.data as Float32Array)).toEqual([18, 36, 54, 72, 90, 108, 126, 144]);
  });
});

describe('shape mistakes fail on the line that made them, with both shapes', () => {
  const [x, y] = [o.param('x', [2, 3]), o.param('y', [4, 3])];
  const mistakes: Record<string, [() => Node, RegExp]> = {
    add: [() => o.add(x, y), /add of f32\[2,3\] and f32\[4,3\]: shapes do not broadcast/],
    matmul: [() => o.matmul(x, y), /matmul of f32\[2,3\] and f32\[4,3\]: inner sizes 3 and 4/],
    types: [() => o.add(x, o.cast(y, 'f16')), /add of/],
    reshape: [() => o.reshape(x, [4]), /cannot become \[4\]/],
    'transpose of too few axes': [() => o.transpose(x, [0]), /is no permutation/],
    expand: [() => o.expand(x, [2, 4]), /does not broadcast to \[2,4\]/],
    'slice past the end': [() => o.slice(x, 1, 1, 4), /\[1, 4\) on axis 1/],
    'slice of an axis that is not there': [() => o.slice(x, 2, 0, 1), /on axis 2/],
    'pad of an axis that is not there': [() => o.pad(x, 2, 0, 1), /on axis 2/],
    'pad by less than nothing': [() => o.pad(x, 1, -1, 1), /pad of/],
    concat: [() => o.concat([x, y], 1), /do not fit on axis 1/],
    'concat on an axis that is not there': [() => o.concat([x, x], 2), /on axis 2/],
    sum: [() => o.sum(x, 2), /axes 2 out of range/],
    gather: [() => o.gather(x, y), /ids must be integers/],
    takeLast: [() => o.takeLast(x, o.input('i', [3], 'i32')), /ids must match the leading axes/],
    rmsNorm: [() => o.rmsNorm(x, o.param('w', [2]), 1e-6), /weight must match the last axis/],
    rotary: [() => o.rotary(o.param('q', [1, 2, 8]), x, x, 2), /needs x\[B,T,H·D\] and tables \[2,2\]/],
    swiglu: [() => o.swiglu(x, y), /swiglu of .*needs two alike/],
    where: [() => o.where(x, x, x), /needs bool/],
    'bf16 in arithmetic': [
      () => o.add(o.param('a', [3], 'bf16'), o.param('b', [3], 'bf16')),
      /bf16 is only stored, cast it first/,
    ],
    'a cast to bf16': [() => o.cast(o.input('i', [3]), 'bf16'), /nothing becomes bf16/],
    'integer exp': [() => o.exp(o.input('i', [3], 'i32')), /needs a floating type/],
    'a part that is not there': [() => o.part(x, 1), /has no output 1/],
    'a constant of another size': [() => o.constant(new Float32Array(3), [2]), /3 values for shape \[2\]/],
  };
  test.each(Object.entries(mistakes))('%s', (_, [build, message]) => {
    expect(build).toThrow(message);
  });
  test('they carry a code', () => {
    try {
      o.add(x, y);
    } catch (error) {
      expect(reasonOf(error)).toMatch(/^engine-shape: /);
    }
  });
});
