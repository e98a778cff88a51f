// Proofs of what grad.ts and lower.ts do otherwise where certain operations meet, and of the neighbours of each such place, where they
// must not: row sums that softmax takes from a product, gradients of slices side by side, products with biases, products of tall matrices.
import type { Node } from '../graph.ts';
import * as o from '../ops.ts';
import { at, type Dense, type DenseSet, type Proof, random, tabulate } from '../testing.fixture.ts';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The softmax of the row of x[2,3,4] at (b, i), element j. */
function soft(x: Dense, b: number, i: number, j: number): number {
  const total = range(4).reduce((s, c) => s + Math.exp(at(x, [b, i, c])), 0);
  return Math.exp(at(x, [b, i, j])) / total;
}

const scores = { x: random(1, [2, 3, 4]), v: random(2, [2, 4, 5]) };
type Weigh = (x: Dense, b: number, i: number, j: number) => number;
/** Σⱼ weigh(b, i, j)·v[b, j, d]. */
const mixed =
  (weigh: Weigh) =>
  ({ x, v }: DenseSet): Dense =>
    tabulate([2, 3, 5], ([b, i, d]) => range(4).reduce((s, j) => s + weigh(x, b, i, j) * at(v, [b, j, d]), 0));
type Build = (x: Node, v: Node) => Node;
const attention = (name: string, build: Build, weigh: Weigh): Proof => ({
  name: `softmax before a product: ${name}`,
  inputs: scores,
  build: (n) => build(n.x, n.v),
  oracle: mixed(weigh),
});
const flat = (x: Node) => o.reshape(x, [6, 4]);

const products: Proof[] = [
  attention('alone', (x, v) => o.matmul(o.softmax(x), v), soft),
  attention(
    'a factor',
    (x, v) => o.matmul(o.softmax(x), v, { alpha: 0.5 }),
    (...k) => 0.5 * soft(...k),
  ),
  attention('reshaped', (x, v) => o.matmul(o.reshape(o.softmax(flat(x)), [2, 3, 4]), v), soft),
  attention('transposed values', (x, v) => o.matmul(o.softmax(x), o.transpose(v, [0, 2, 1]), { transB: true }), soft),
  attention('transposed weights', (x, v) => o.matmul(o.transpose(o.softmax(x), [0, 2, 1]), v, { transA: true }), soft),
  attention(
    'something added to it',
    (x, v) => o.matmul(o.add(o.softmax(x), 0.25), v),
    (...k) => soft(...k) + 0.25,
  ),
  attention(
    'something added to it, reshaped',
    (x, v) => o.matmul(o.reshape(o.add(o.softmax(flat(x)), 0.25), [2, 3, 4]), v),
    (...k) => soft(...k) + 0.25,
  ),
  attention(
    'reshaped, then something added to it',
    (x, v) => o.matmul(o.add(o.reshape(o.softmax(flat(x)), [2, 3, 4]), 0.25), v),
    (...k) => soft(...k) + 0.25,
  ),
  attention(
    'read twice',
    (x, v) => {
      const p = o.softmax(x);
      return o.add(o.matmul(p, v), o.matmul(o.mul(p, p), v));
    },
    (...k) => soft(...k) + soft(...k) ** 2,
  ),
  {
    name: 'softmax before a product: and elsewhere',
    inputs: scores,
    build: ({ x, v }) => {
      const p = o.softmax(x);
      return o.add(o.matmul(p, v), o.sum(o.mul(p, p), -1, true));
    },
    oracle: ({ x, v }) =>
      tabulate([2, 3, 5], ([b, i, d]) =>
        range(4).reduce((s, j) => s + soft(x, b, i, j) * (at(v, [b, j, d]) + soft(x, b, i, j)), 0),
      ),
  },
];

/** Slices of the middle axis of x[2,6,3], each multiplied by one more than the last, put side by side. */
const slices = (name: string, cuts: readonly (readonly [number, number])[]): Proof => {
  const places = cuts.flatMap(([start, end], k) => range(end - start).map((i) => [start + i, k + 1] as const));
  return {
    name: `slices: ${name}`,
    inputs: { x: random(1, [2, 6, 3]) },
    build: ({ x }) =>
      o.concat(
        cuts.map(([start, end], k) => o.mul(o.slice(x, 1, start, end), k + 1)),
        1,
      ),
    oracle: ({ x }) => tabulate([2, places.length, 3], ([b, i, c]) => places[i][1] * at(x, [b, places[i][0], c])),
  };
};
const sliced: Proof[] = [
  slices('all of the axis in three', [
    [0, 2],
    [2, 3],
    [3, 6],
  ]),
  slices('the same out of order', [
    [3, 6],
    [0, 2],
    [2, 3],
  ]),
  slices('a gap', [
    [0, 2],
    [3, 6],
  ]),
  slices('a gap filled last', [
    [0, 2],
    [4, 6],
    [2, 4],
  ]),
  slices('an overlap', [
    [0, 4],
    [2, 6],
  ]),
  slices('the same twice', [
    [1, 3],
    [1, 3],
  ]),
  slices('the middle in two', [
    [1, 3],
    [3, 5],
  ]),
  {
    name: 'slices of two axes',
    inputs: { x: random(1, [4, 4]) },
    build: ({ x }) => o.add(o.slice(x, 0, 0, 2), o.transpose(o.slice(x, 1, 2, 4), [1, 0])),
    oracle: ({ x }) => tabulate([2, 4], ([i, j]) => at(x, [i, j]) + at(x, [j, i + 2])),
  },
];

const linears = { x: random(1, [3, 4]), w: random(2, [5, 4]), b: random(3, [5]), row: random(4, [3, 5]) };
const linear = ({ x, w, b }: DenseSet, i: number, j: number) =>
  range(4).reduce((s, c) => s + at(x, [i, c]) * at(w, [j, c]), at(b, [j]));
const biased = (name: string, build: Proof['build'], oracle: (n: DenseSet, i: number, j: number) => number): Proof => ({
  name: `a product with biases: ${name}`,
  inputs: linears,
  build,
  oracle: (n) => tabulate([3, 5], ([i, j]) => oracle(n, i, j)),
});
const withBias: Proof[] = [
  biased(
    'the product read again',
    ({ x, w, b, row }) => {
      const y = o.matmul(x, w, { transB: true });
      return o.mul(o.mul(o.add(y, b), y), row);
    },
    (n, i, j) => linear(n, i, j) * (linear(n, i, j) - at(n.b, [j])) * at(n.row, [i, j]),
  ),
  biased(
    'with two biases and a factor',
    ({ x, w, b, row }) => o.mul(o.add(o.add(o.matmul(x, w, { transB: true, alpha: 2 }), b), b), row),
    (n, i, j) => 2 * linear(n, i, j) * at(n.row, [i, j]),
  ),
];

const tall = (name: string, rows: number): Proof => ({
  name: `the product of tall matrices: ${name}`,
  inputs: { x: random(1, [rows, 3]), w: random(2, [rows, 2]) },
  wrt: [],
  build: ({ x, w }) => o.matmul(x, w, { transA: true, alpha: 0.5 }),
  oracle: ({ x, w }) =>
    tabulate([3, 2], ([i, j]) => 0.5 * range(rows).reduce((s, r) => s + at(x, [r, i]) * at(w, [r, j]), 0)),
});

export const shortcuts: Proof[] = [
  ...products,
  ...sliced,
  ...withBias,
  tall('an even number of rows', 1026),
  tall('an odd number of rows', 1027),
];
