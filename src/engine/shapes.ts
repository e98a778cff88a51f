// The shape rule of every operation: input specs and attributes → output specs, or an error that shows both shapes.
import { VideorftError } from '../base/errors.ts';
import type { Node, OpAttrs, OpName, Shape, TensorSpec } from './graph.ts';

type Rule<K extends OpName> = (inputs: readonly Node[], attrs: OpAttrs[K]) => TensorSpec | TensorSpec[];

function fail(op: string, inputs: readonly Node[], why: string): never {
  const shapes = inputs.map((n) => `${n.dtype}[${n.shape.join(',')}]`).join(' and ');
  throw new VideorftError(`${op} of ${shapes}: ${why}`, { code: 'engine-shape', facts: { op } });
}

/** NumPy broadcasting of two shapes; undefined when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(x === 1 ? y : x);
  }
  return out;
}

const same: Rule<OpName> = ([x]) => ({ dtype: x.dtype, shape: x.shape });

const float: (op: string) => Rule<OpName> = (op) => (inputs) => {
  const [x] = inputs;
  if (x.dtype !== 'f32' && x.dtype !== 'f16') fail(op, inputs, 'needs a floating type');
  return { dtype: x.dtype, shape: x.shape };
};

const binary: (op: string, bool?: boolean) => Rule<OpName> =
  (op, bool = false) =>
  (inputs) => {
    const [a, b] = inputs;
    const shape = broadcastShapes(a.shape, b.shape);
    if (!shape) fail(op, inputs, 'shapes do not broadcast');
    if (a.dtype !== b.dtype) fail(op, inputs, 'types differ');
    return { dtype: bool ? 'bool' : a.dtype, shape };
  };

const reduce: (op: string) => Rule<'sum' | 'reduceMax'> =
  (op) =>
  (inputs, { axes, keepdims }) => {
    const [x] = inputs;
    if (axes.some((a) => a < 0 || a >= x.rank)) fail(op, inputs, `axes ${axes} out of range`);
    const shape = keepdims
      ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d))
      : x.shape.filter((_, i) => !axes.includes(i));
    return { dtype: x.dtype, shape };
  };

/** What bits of bf16 may go through, which the runtime sees as integers. */
const takesBits: ReadonlySet<OpName> = new Set(['gather', 'slice', 'cast'] satisfies OpName[]);

const rules: { [K in OpName]: Rule<K> } = {
  input: (_, { spec }) => spec,
  param: (_, { spec }) => spec,
  constant: (_, { spec }) => spec,
  part: (inputs, { index }) => inputs[0].outputs[index] ?? fail('part', inputs, `has no output ${index}`),
  stopGradient: same,
  cast: (inputs, { to }) =>
    to === 'bf16' ? fail('cast', inputs, 'nothing becomes bf16') : { dtype: to, shape: inputs[0].shape },
  neg: same,
  exp: float('exp'),
  log: float('log'),
  sqrt: float('sqrt'),
  abs: same,
  sin: float('sin'),
  cos: float('cos'),
  tanh: float('tanh'),
  erf: float('erf'),
  sigmoid: float('sigmoid'),
  swiglu: (inputs) => {
    const [gate, up] = inputs;
    if (gate.shape.join() !== up.shape.join() || gate.dtype !== up.dtype || !gate.dtype.startsWith('f'))
      fail('swiglu', inputs, 'needs two alike, of a floating type');
    return { dtype: gate.dtype, shape: gate.shape };
  },
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  max: binary('max'),
  min: binary('min'),
  equal: binary('equal', true),
  less: binary('less', true),
  where: (inputs) => {
    const [c, a, b] = inputs;
    const values = broadcastShapes(a.shape, b.shape);
    const shape = values && broadcastShapes(c.shape, values);
    if (!shape || c.dtype !== 'bool' || a.dtype !== b.dtype) fail('where', inputs, 'needs bool, then two alike');
    return { dtype: a.dtype, shape };
  },
  matmul: (inputs, { transA, transB }) => {
    const [a, b] = inputs;
    if (a.rank < 2 || b.rank < 2) fail('matmul', inputs, 'needs at least two axes');
    const [m, k] = transA ? [a.shape[a.rank - 1], a.shape[a.rank - 2]] : [a.shape[a.rank - 2], a.shape[a.rank - 1]];
    const [k2, n] = transB ? [b.shape[b.rank - 1], b.shape[b.rank - 2]] : [b.shape[b.rank - 2], b.shape[b.rank - 1]];
    const lead = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (k !== k2 || !lead || a.dtype !== b.dtype) fail('matmul', inputs, `inner sizes ${k} and ${k2}`);
    return { dtype: a.dtype, shape: [...lead, m, n] };
  },
  reshape: (inputs, { shape }) => {
    const size = shape.reduce((x, y) => x * y, 1);
    if (size !== inputs[0].size) fail('reshape', inputs, `cannot become [${shape}]`);
    return { dtype: inputs[0].dtype, shape };
  },
  transpose: (inputs, { perm }) => {
    const [x] = inputs;
    if ([...perm].sort((a, b) => a - b).some((p, i) => p !== i) || perm.length !== x.rank)
      fail('transpose', inputs, `[${perm}] is no permutation`);
    return { dtype: x.dtype, shape: perm.map((p) => x.shape[p]) };
  },
  expand: (inputs, { shape }) => {
    const out = broadcastShapes(inputs[0].shape, shape);
    if (!out || out.some((d, i) => d !== shape[i])) fail('expand', inputs, `does not broadcast to [${shape}]`);
    return { dtype: inputs[0].dtype, shape };
  },
  slice: (inputs, { axis, start, end }) => {
    const [x] = inputs;
    if (axis >= x.rank || start < 0 || end > x.shape[axis] || end <= start)
      fail('slice', inputs, `[${start}, ${end}) on axis ${axis}`);
    return { dtype: x.dtype, shape: x.shape.map((d, i) => (i === axis ? end - start : d)) };
  },
  pad: (inputs, { axis, before, after }) => {
    const [x] = inputs;
    if (axis >= x.rank || before < 0 || after < 0) fail('pad', inputs, `${before} and ${after} on axis ${axis}`);
    return { dtype: x.dtype, shape: x.shape.map((d, i) => (i === axis ? d + before + after : d)) };
  },
  concat: (inputs, { axis }) => {
    const [first] = inputs;
    const fits = inputs.every(
      (n) =>
        n.rank === first.rank && n.dtype === first.dtype && n.shape.every((d, i) => i === axis || d === first.shape[i]),
    );
    if (!fits || axis >= first.rank) fail('concat', inputs, `do not fit on axis ${axis}`);
    const total = inputs.reduce((sum, n) => sum + n.shape[axis], 0);
    return { dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? total : d)) };
  },
  sum: reduce('sum'),
  reduceMax: reduce('reduceMax'),
  softmax: float('softmax'),
  logSoftmax: float('logSoftmax'),
  rmsNorm: (inputs) => {
    const [x, w] = inputs;
    if (w.rank !== 1 || w.shape[0] !== x.shape[x.rank - 1]) fail('rmsNorm', inputs, 'weight must match the last axis');
    return [
      { dtype: x.dtype, shape: x.shape },
      { dtype: 'f32', shape: [...x.shape.slice(0, -1), 1] },
    ];
  },
  rotary: (inputs, { heads }) => {
    const [x, cos, sin] = inputs;
    const [batch, tokens, width] = x.shape;
    const expected = [batch * tokens, width / heads / 2].join();
    if (x.rank !== 3 || cos.shape.join() !== expected || sin.shape.join() !== expected)
      fail('rotary', inputs, `needs x[B,T,H·D] and tables [${expected}]`);
    return { dtype: x.dtype, shape: x.shape };
  },
  gather: (inputs) => {
    const [table, ids] = inputs;
    if (ids.dtype !== 'i32' && ids.dtype !== 'i64') fail('gather', inputs, 'ids must be integers');
    return { dtype: table.dtype, shape: [...ids.shape, ...table.shape.slice(1)] };
  },
  scatterAdd: (inputs, { rows }) => {
    const [ids, updates] = inputs;
    if (ids.rank !== 1 || updates.rank !== 2 || ids.shape[0] !== updates.shape[0])
      fail('scatterAdd', inputs, 'needs ids[N] and updates[N, D]');
    return { dtype: updates.dtype, shape: [rows, updates.shape[1]] };
  },
  takeLast: (inputs) => {
    const [x, ids] = inputs;
    if (ids.shape.join() !== x.shape.slice(0, -1).join()) fail('takeLast', inputs, 'ids must match the leading axes');
    return { dtype: x.dtype, shape: ids.shape };
  },
  quantizedProduct: (inputs, { matrix }) => {
    const [x] = inputs;
    const [out, width] = matrix.shape;
    if (x.rank !== 2 || x.dtype !== 'f32' || x.shape[1] !== width)
      fail('quantizedProduct', inputs, `needs x[N, ${width}] in f32`);
    return { dtype: x.dtype, shape: [x.shape[0], out] };
  },
  gqa: (inputs) => {
    const [q, , , pastK, pastV] = inputs;
    if (inputs.length !== 7) fail('gqa', inputs, 'needs q, k, v, pastK, pastV, seqlens, total');
    return [
      { dtype: q.dtype, shape: q.shape },
      { dtype: pastK.dtype, shape: pastK.shape },
      { dtype: pastV.dtype, shape: pastV.shape },
    ];
  },
};

export function inferOutputs<K extends OpName>(op: K, inputs: readonly Node[], attrs: OpAttrs[K]): TensorSpec[] {
  if (!takesBits.has(op) && inputs.some(({ dtype }) => dtype === 'bf16'))
    fail(op, inputs, 'bf16 is only stored, cast it first');
  const result = (rules[op] as Rule<K>)(inputs, attrs);
  return Array.isArray(result) ? result : [result];
}
