// Proofs of the operations that reduce or mix an axis: products, sums, softmax, norms, rotary embedding, attention over a cache.
import type { OpName } from '../graph.ts';
import * as o from '../ops.ts';
import { dequantize, quantize } from '../quantized.ts';
import { broadcastShapes } from '../shapes.ts';
import { at, type Dense, dense, type Proof, random, tabulate } from '../testing.fixture.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

function product(a: Dense, b: Dense, transA: boolean, transB: boolean, alpha: number): Dense {
  const [m, k] = transA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const n = transB ? b.shape.at(-2) : b.shape.at(-1);
  const lead = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)) as number[];
  return tabulate([...lead, m as number, n as number], (index) => {
    const [i, j] = index.slice(-2);
    const head = index.slice(0, -2);
    const term = (c: number) =>
      at(a, [...head, ...(transA ? [c, i] : [i, c])]) * at(b, [...head, ...(transB ? [j, c] : [c, j])]);
    return alpha * range(k as number).reduce((total, c) => total + term(c), 0);
  });
}

/** Leading axes of the two operands; the product itself is 3×4 by 4×5. */
const leads: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[2], [2]],
  [[2], []],
  [[], [2]],
  [[2, 1], [3]],
  [
    [2, 3],
    [2, 1],
  ],
];
const flags = [false, true];

const matmul: Proof[] = leads.flatMap(([leadA, leadB]) =>
  flags.flatMap((transA) =>
    flags.flatMap((transB) =>
      [1, 0.25].map((alpha): Proof => {
        const a = [...leadA, ...(transA ? [4, 3] : [3, 4])];
        const b = [...leadB, ...(transB ? [5, 4] : [4, 5])];
        return {
          name: `matmul [${a}]${transA ? 'ᵀ' : ''} by [${b}]${transB ? 'ᵀ' : ''} · ${alpha}`,
          inputs: { a: random(1, a), b: random(2, b) },
          build: (x) => o.matmul(x.a, x.b, { transA, transB, alpha }),
          oracle: (x) => product(x.a, x.b, transA, transB, alpha),
        };
      }),
    ),
  ),
);

/** Folds `axes` of x[2,3,4] with `f`. */
function fold(
  x: Dense,
  axes: readonly number[],
  keepdims: boolean,
  start: number,
  f: (a: number, b: number) => number,
) {
  const kept = range(3).filter((i) => !axes.includes(i));
  const shape = keepdims ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : kept.map((i) => x.shape[i]);
  return tabulate(shape, (k) => {
    let total = start;
    const fixed = keepdims ? kept.map((i) => k[i]) : k;
    tabulate(x.shape, (full) => {
      if (kept.every((axis, i) => full[axis] === fixed[i])) total = f(total, at(x, full));
      return 0;
    });
    return total;
  });
}

const axesList = [[0], [1], [-1], [0, 2], [0, 1, 2]];
const reductions = (
  name: string,
  op: typeof o.sum,
  start: number,
  f: (a: number, b: number) => number,
  wrt?: string[],
) =>
  axesList.flatMap((axes) =>
    flags.map(
      (keepdims): Proof => ({
        name: `${name} over [${axes}]${keepdims ? ', axes kept' : ''}`,
        inputs: { x: random(1, [2, 3, 4]) },
        wrt,
        build: (n) => op(n.x, axes, keepdims),
        oracle: ({ x }) =>
          fold(
            x,
            axes.map((a) => (a < 0 ? a + 3 : a)),
            keepdims,
            start,
            f,
          ),
      }),
    ),
  );

/** log Σ exp of the last axis at the row of `index`, in the stable form. */
function logSumExp(x: Dense, index: readonly number[]): number {
  const row = range(x.shape.at(-1) as number).map((c) => at(x, [...index.slice(0, -1), c]));
  const top = Math.max(...row);
  return top + Math.log(row.reduce((s, v) => s + Math.exp(v - top), 0));
}
const logits = (scale: number, offset: number) => random(1, [2, 3, 5], (r) => offset + scale * r.normal());
const softmaxes = (name: string, op: typeof o.softmax, f: (x: number) => number): Proof[] =>
  [
    [1, 0],
    [3, 1000],
    [3, -1000],
    [6, 0],
  ].map(([scale, offset]) => ({
    name: `${name} of logits ${offset} ± ${scale}`,
    inputs: { x: logits(scale, offset) },
    build: (n) => op(n.x),
    oracle: ({ x }) => tabulate(x.shape, (k) => f(at(x, k) - logSumExp(x, k))),
  }));

const rms = (x: Dense, w: Dense, eps: number) =>
  tabulate(x.shape, (k) => {
    const width = x.shape.at(-1) as number;
    const mean = range(width).reduce((s, c) => s + at(x, [...k.slice(0, -1), c]) ** 2, 0) / width;
    return (at(x, k) / Math.sqrt(mean + eps)) * at(w, k);
  });
const rmsNorm: Proof[] = [
  { eps: 0.1, scale: 1, shape: [2, 3, 8] },
  { eps: 1e-6, scale: 100, shape: [2, 8] },
  { eps: 1e-6, scale: 1e-2, shape: [2, 2, 2, 4] },
].map(({ eps, scale, shape }) => ({
  name: `rmsNorm of [${shape}] at scale ${scale}, eps ${eps}`,
  inputs: { x: random(1, shape, (r) => scale * r.normal()), w: random(2, shape.slice(-1)) },
  build: (n) => o.rmsNorm(n.x, n.w, eps),
  oracle: ({ x, w }) => rms(x, w, eps),
}));

/** Element d of a head turns with element d + D/2 by the angle of (token, d mod D/2). */
function rotated(x: Dense, angle: Dense, heads: number): Dense {
  const [, tokens, width] = x.shape;
  const [D, half] = [width / heads, width / heads / 2];
  return tabulate(x.shape, ([b, t, c]) => {
    const d = c % D;
    const a = at(angle, [b * tokens + t, d % half]);
    const partner = at(x, [b, t, d < half ? c + half : c - half]);
    return at(x, [b, t, c]) * Math.cos(a) + (d < half ? -1 : 1) * partner * Math.sin(a);
  });
}
const angles = random(5, [6, 4], (r) => 3 * r.normal());
const rounded = (f: (a: number) => number) => dense(angles.shape, angles.data.map(f).map(Math.fround));
const rotary: Proof[] = [1, 2].map((heads) => ({
  name: `rotary of ${heads} heads, other angles in each row`,
  inputs: { x: random(1, [2, 3, heads * 8]), cos: rounded(Math.cos), sin: rounded(Math.sin) },
  wrt: ['x'],
  build: (n) => o.rotary(n.x, n.cos, n.sin, heads),
  oracle: ({ x }) => rotated(x, angles, heads),
}));

/** One token over an empty cache attends to itself alone: y is v, each key/value head serving two query heads. */
const gqa: Proof[] = [
  {
    name: 'gqa of one token (gqa.test.ts has prefill and decoding)',
    inputs: {
      q: random(1, [2, 1, 32]),
      k: random(2, [2, 1, 16]),
      v: random(3, [2, 1, 16]),
      pastK: random(4, [2, 2, 4, 8]),
      pastV: random(5, [2, 2, 4, 8]),
      seqlens: dense([2], [0, 0], 'i32'),
      total: dense([1], [1], 'i32'),
    },
    wrt: [],
    build: ({ q, k, v, pastK, pastV, seqlens, total }) => o.gqa({ q, k, v, pastK, pastV, seqlens, total }, 4, 2, 0.3),
    oracle: ({ v }) => tabulate([2, 1, 32], ([b, t, c]) => at(v, [b, t, Math.floor(c / 16) * 8 + (c % 8)])),
  },
];

const held = quantize(Float32Array.from(random(2, [12, 40]).data), [12, 40], 8);
const quantizedProduct: Proof[] = [
  {
    name: 'a product with a matrix of 8 bits (quantized.test.ts has both)',
    inputs: { x: random(1, [3, 40]) },
    wrt: [],
    build: ({ x }) => o.quantizedProduct(x, held),
    oracle: ({ x }) => product(x, dense([12, 40], dequantize(held)), false, true, 1),
    forwardBar: 0.01, // activations are rounded to 8 bits
  },
];

export const reducing = {
  matmul,
  quantizedProduct,
  sum: reductions('sum', o.sum, 0, (a, b) => a + b),
  reduceMax: reductions('reduceMax', o.reduceMax, Number.NEGATIVE_INFINITY, Math.max, []),
  softmax: softmaxes('softmax', o.softmax, Math.exp),
  logSoftmax: softmaxes('logSoftmax', o.logSoftmax, (x) => x),
  rmsNorm,
  rotary,
  gqa,
} satisfies Partial<Record<OpName, Proof[]>>;

/** What ops.ts composes of reductions. */
export const layers: Proof[] = [
  {
    name: 'mean over [0, 2]',
    inputs: { x: random(1, [2, 3, 4]) },
    build: (n) => o.mean(n.x, [0, 2]),
    oracle: ({ x }) => {
      const total = fold(x, [0, 2], false, 0, (a, b) => a + b);
      return { ...total, data: total.data.map((v) => v / 8) };
    },
  },
  {
    name: 'linear of [2,3,4] in the published layout',
    inputs: { x: random(1, [2, 3, 4]), w: random(2, [5, 4]), b: random(3, [5]) },
    build: (n) => o.linear(n.x, n.w, n.b),
    oracle: ({ x, w, b }) =>
      tabulate([2, 3, 5], ([i, t, out]) =>
        range(4).reduce((s, c) => s + at(x, [i, t, c]) * at(w, [out, c]), at(b, [out])),
      ),
  },
  {
    name: 'layerNorm',
    inputs: { x: random(1, [2, 3, 8]), w: random(2, [8]), b: random(3, [8]) },
    build: (n) => o.layerNorm(n.x, n.w, n.b, 0.05),
    oracle: ({ x, w, b }) =>
      tabulate(x.shape, (k) => {
        const row = range(8).map((c) => at(x, [...k.slice(0, -1), c]));
        const mean = row.reduce((s, v) => s + v, 0) / 8;
        const variance = row.reduce((s, v) => s + (v - mean) ** 2, 0) / 8;
        return ((at(x, k) - mean) / Math.sqrt(variance + 0.05)) * at(w, k) + at(b, k);
      }),
  },
];
