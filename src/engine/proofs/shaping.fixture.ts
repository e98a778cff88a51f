// Proofs of the operations that move values: shapes, slices, tables, types. Middle axes and repeated ids included.
import type { OpName } from '../graph.ts';
import * as o from '../ops.ts';
import { at, dense, type Proof, random, tabulate } from '../testing.fixture.ts';

const cube = () => random(3, [2, 3, 4]);
const replaced = (index: readonly number[], axis: number, value: number) =>
  index.map((v, i) => (i === axis ? value : v));

const reshape: Proof[] = [[6, 4], [24], [2, 1, 3, 1, 4]].map((shape) => ({
  name: `reshape to [${shape}]`,
  inputs: { x: cube() },
  build: (n) => o.reshape(n.x, shape),
  oracle: ({ x }) => ({ ...x, shape }),
}));

const transpose: Proof[] = [
  [2, 0, 1],
  [1, 0, 2],
  [0, 2, 1],
  [2, 1, 0],
].map((perm) => ({
  name: `transpose by [${perm}]`,
  inputs: { x: cube() },
  build: (n) => o.transpose(n.x, perm),
  oracle: ({ x }) =>
    tabulate(
      perm.map((p) => x.shape[p]),
      (k) =>
        at(
          x,
          x.shape.map((_, axis) => k[perm.indexOf(axis)]),
        ),
    ),
}));

const expand: Proof[] = (
  [
    [
      [3, 1],
      [2, 3, 4],
    ],
    [[], [2, 3]],
    [
      [2, 1, 4],
      [2, 3, 4],
    ],
  ] as const
).map(([from, to]) => ({
  name: `expand [${from}] to [${to}]`,
  inputs: { x: random(3, from) },
  build: (n) => o.expand(n.x, to),
  oracle: ({ x }) => tabulate(to, (k) => at(x, k)),
}));

const slice: Proof[] = (
  [
    [0, 1, 2],
    [1, 1, 3],
    [-1, 0, 3],
  ] as const
).map(([axis, start, end]) => ({
  name: `slice [${start}, ${end}) on axis ${axis}`,
  inputs: { x: cube() },
  build: (n) => o.slice(n.x, axis, start, end),
  oracle: ({ x }) => {
    const a = axis < 0 ? axis + 3 : axis;
    return tabulate(replaced(x.shape, a, end - start), (k) => at(x, replaced(k, a, k[a] + start)));
  },
}));

const pad: Proof[] = (
  [
    [0, 1, 0],
    [1, 2, 1],
    [-1, 0, 3],
  ] as const
).map(([axis, before, after]) => ({
  name: `pad ${before} and ${after} on axis ${axis}`,
  inputs: { x: cube() },
  build: (n) => o.pad(n.x, axis, before, after),
  oracle: ({ x }) => {
    const a = axis < 0 ? axis + 3 : axis;
    const inside = (i: number) => i >= before && i < before + x.shape[a];
    return tabulate(replaced(x.shape, a, x.shape[a] + before + after), (k) =>
      inside(k[a]) ? at(x, replaced(k, a, k[a] - before)) : 0,
    );
  },
}));

const concat: Proof[] = [0, 1, -1].map((axis) => {
  const a = axis < 0 ? axis + 3 : axis;
  const sizes = [2, 1, 3];
  const parts = sizes.map((size, i) => random(i, replaced([2, 3, 4], a, size)));
  return {
    name: `concat of three on axis ${axis}, the first again at the end`,
    inputs: { a: parts[0], b: parts[1], c: parts[2] },
    build: (n) => o.concat([n.a, n.b, n.c, n.a], axis),
    oracle: ({ a: first, b, c }) =>
      tabulate(replaced([2, 3, 4], a, 8), (k) => {
        if (k[a] < 2) return at(first, k);
        if (k[a] < 3) return at(b, replaced(k, a, 0));
        if (k[a] < 6) return at(c, replaced(k, a, k[a] - 3));
        return at(first, replaced(k, a, k[a] - 6));
      }),
  };
});

const gather: Proof[] = [
  {
    name: 'gather with repeated ids in a batch',
    inputs: { table: random(3, [5, 4]), ids: dense([2, 3], [4, 0, 4, 4, 2, 0], 'i32') },
    build: (n) => o.gather(n.table, n.ids),
    oracle: ({ table, ids }) => tabulate([2, 3, 4], ([b, t, d]) => at(table, [at(ids, [b, t]), d])),
  },
  {
    name: 'gather of matrices by i64 ids',
    inputs: { table: random(3, [4, 2, 3]), ids: dense([3], [1, 3, 1], 'i64') },
    build: (n) => o.gather(n.table, n.ids),
    oracle: ({ table, ids }) => tabulate([3, 2, 3], ([n, i, j]) => at(table, [ids.data[n], i, j])),
  },
  {
    name: 'gather of scalars',
    inputs: { table: random(3, [6]), ids: dense([2, 2], [5, 5, 0, 1], 'i32') },
    build: (n) => o.gather(n.table, n.ids),
    oracle: ({ table, ids }) => tabulate([2, 2], (k) => table.data[at(ids, k)]),
  },
];

const scatterAdd: Proof[] = [
  {
    name: 'scatterAdd with repeated ids and rows that nobody names',
    inputs: { ids: dense([5], [3, 0, 3, 3, 0], 'i32'), updates: random(3, [5, 4]) },
    wrt: [],
    build: (n) => o.scatterAdd(n.ids, n.updates, 6),
    oracle: ({ ids, updates }) =>
      tabulate([6, 4], ([row, d]) =>
        ids.data.reduce((total, id, n) => total + (id === row ? at(updates, [n, d]) : 0), 0),
      ),
  },
];

const takeLast: Proof[] = [
  {
    name: 'takeLast of a batch, an id twice',
    inputs: { x: random(3, [2, 3, 5]), ids: dense([2, 3], [4, 0, 4, 2, 2, 1], 'i32') },
    build: (n) => o.takeLast(n.x, n.ids),
    oracle: ({ x, ids }) => tabulate([2, 3], (k) => at(x, [...k, at(ids, k)])),
  },
];

const cast: Proof[] = [
  {
    name: 'cast to f16 and back',
    inputs: { x: dense([2, 2], [1.5, -2.25, 0.125, 1024]) },
    gradientBar: 1e-3,
    build: (n) => o.cast(o.cast(n.x, 'f16'), 'f32'),
    oracle: ({ x }) => x,
  },
  {
    name: 'cast of ids to f32',
    inputs: { x: dense([3], [0, -4, 70000], 'i32') },
    wrt: [],
    build: (n) => o.cast(n.x, 'f32'),
    oracle: ({ x }) => dense([3], x.data),
  },
  {
    name: 'cast of bool to f32',
    inputs: { x: dense([3], [0, 1, 1], 'bool') },
    wrt: [],
    build: (n) => o.cast(n.x, 'f32'),
    oracle: ({ x }) => dense([3], x.data),
  },
];

const part: Proof[] = [
  {
    name: 'part 1 of rmsNorm is 1/rms',
    inputs: { x: cube(), w: random(4, [4]) },
    wrt: [],
    build: (n) => o.part(o.rmsNorm(n.x, n.w, 0.1), 1),
    oracle: ({ x }) =>
      tabulate([2, 3, 1], ([b, t]) => {
        const squares = [0, 1, 2, 3].reduce((s, d) => s + at(x, [b, t, d]) ** 2, 0);
        return 1 / Math.sqrt(squares / 4 + 0.1);
      }),
  },
];

const stopGradient: Proof[] = [
  {
    name: 'stopGradient passes values on',
    inputs: { x: cube() },
    wrt: [],
    build: (n) => o.stopGradient(n.x),
    oracle: ({ x }) => x,
  },
];

export const shaping = {
  reshape,
  transpose,
  expand,
  slice,
  pad,
  concat,
  gather,
  scatterAdd,
  takeLast,
  cast,
  part,
  stopGradient,
} satisfies Partial<Record<OpName, Proof[]>>;
