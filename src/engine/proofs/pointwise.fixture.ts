// Proofs of the pointwise operations: every unary on a batch, every binary in every way of broadcasting, ties included.
import type { OpName } from '../graph.ts';
import * as o from '../ops.ts';
import { broadcastShapes } from '../shapes.ts';
import { at, type Dense, dense, type Proof, random, tabulate } from '../testing.fixture.ts';

/** erf by its Maclaurin series (Abramowitz & Stegun 7.1.6), exact to f64 for |x| < 4. */
export function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const map = (t: Dense, f: (v: number) => number): Dense => ({ ...t, data: t.data.map(f) });

type Unary = (x: ReturnType<typeof o.neg>) => ReturnType<typeof o.neg>;

/** On [2, 3, 4]; values are normal, or positive where the domain is. */
function unary(name: string, op: Unary, f: (x: number) => number, positive = false): Proof[] {
  const x = random(1, [2, 3, 4], (r) => (positive ? 0.2 + 2 * r.next() : 1.5 * r.normal()));
  return [{ name, inputs: { x }, build: (n) => op(n.x), oracle: (d) => map(d.x, f) }];
}

const pairs: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3, 4],
    [2, 3, 4],
  ],
  [[2, 3, 4], [4]],
  [
    [3, 1],
    [2, 1, 4],
  ],
  [[], [2, 3]],
  [[2, 3], []],
  [
    [1, 1, 4],
    [2, 3, 1],
  ],
];

type Binary = (a: ReturnType<typeof o.neg>, b: ReturnType<typeof o.neg>) => ReturnType<typeof o.neg>;
interface BinaryOptions {
  /** Small integers, so that operands often tie. */
  readonly ties?: boolean;
  readonly positive?: boolean;
  readonly bool?: boolean;
}

function binary(
  name: string,
  op: Binary,
  f: (a: number, b: number) => number,
  { ties = false, positive = false, bool = false }: BinaryOptions = {},
): Proof[] {
  const draw = (seed: number, shape: readonly number[]) =>
    random(seed, shape, (r) => (ties ? r.int(3) : positive ? 0.5 + r.next() : r.normal()));
  return pairs.map(([a, b], i) => ({
    name: `${name} of [${a}] and [${b}]${ties ? ' with ties' : ''}`,
    inputs: { a: draw(2 * i, a), b: draw(2 * i + 1, b) },
    wrt: bool ? [] : undefined,
    build: (x) => op(x.a, x.b),
    oracle: (x) =>
      tabulate(
        broadcastShapes(x.a.shape, x.b.shape) as number[],
        (k) => f(at(x.a, k), at(x.b, k)),
        bool ? 'bool' : 'f32',
      ),
  }));
}

const where: Proof[] = [
  {
    name: 'where, all three broadcasting',
    inputs: { c: dense([2, 1, 4], [1, 0, 0, 1, 0, 1, 1, 0], 'bool'), a: random(1, [3, 1]), b: random(2, [2, 3, 4]) },
    build: (x) => o.where(x.c, x.a, x.b),
    oracle: (x) => tabulate([2, 3, 4], (k) => (at(x.c, k) ? at(x.a, k) : at(x.b, k))),
  },
  {
    name: 'where, the condition alone is wide',
    inputs: { c: dense([2, 3], [1, 0, 0, 1, 0, 1], 'bool'), a: random(1, []), b: random(2, [3]) },
    build: (x) => o.where(x.c, x.a, x.b),
    oracle: (x) => tabulate([2, 3], (k) => (at(x.c, k) ? at(x.a, k) : at(x.b, k))),
  },
];

const swiglu: Proof[] = [
  {
    name: 'swiglu',
    inputs: { gate: random(1, [2, 3, 4], (r) => 3 * r.normal()), up: random(2, [2, 3, 4]) },
    build: (x) => o.swiglu(x.gate, x.up),
    oracle: (x) => tabulate([2, 3, 4], (k) => at(x.gate, k) * sigmoid(at(x.gate, k)) * at(x.up, k)),
  },
  {
    name: 'swiglu of one tensor with itself',
    inputs: { x: random(3, [2, 5]) },
    build: (n) => o.swiglu(n.x, n.x),
    oracle: (d) => map(d.x, (v) => v * v * sigmoid(v)),
  },
];

export const pointwise = {
  neg: unary('neg', o.neg, (x) => -x),
  exp: unary('exp', o.exp, Math.exp),
  log: unary('log', o.log, Math.log, true),
  sqrt: unary('sqrt', o.sqrt, Math.sqrt, true),
  abs: [
    ...unary('abs', o.abs, Math.abs),
    {
      name: 'abs at zero',
      inputs: { x: dense([3], [0, -2, 1]) },
      build: (x) => o.abs(x.x),
      oracle: (x) => map(x.x, Math.abs),
    },
  ],
  sin: unary('sin', o.sin, Math.sin),
  cos: unary('cos', o.cos, Math.cos),
  tanh: unary('tanh', o.tanh, Math.tanh),
  erf: unary('erf', o.erf, erf),
  sigmoid: unary('sigmoid', o.sigmoid, sigmoid),
  swiglu,
  add: binary('add', o.add, (a, b) => a + b),
  sub: binary('sub', o.sub, (a, b) => a - b),
  mul: binary('mul', o.mul, (a, b) => a * b),
  div: binary('div', o.div, (a, b) => a / b, { positive: true }),
  max: [...binary('max', o.maximum, Math.max), ...binary('max', o.maximum, Math.max, { ties: true })],
  min: [...binary('min', o.minimum, Math.min), ...binary('min', o.minimum, Math.min, { ties: true })],
  equal: binary('equal', o.equal, (a, b) => Number(a === b), { ties: true, bool: true }),
  less: binary('less', o.less, (a, b) => Number(a < b), { ties: true, bool: true }),
  where,
} satisfies Partial<Record<OpName, Proof[]>>;

const gelu = (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2));
const geluTanh = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** What ops.ts composes of pointwise operations. */
export const compositions: Proof[] = [
  ...unary('silu', o.silu, (x) => x * sigmoid(x)),
  ...unary('gelu', o.gelu, gelu),
  ...unary('geluTanh', o.geluTanh, geluTanh),
  ...unary(
    'clamp',
    (x) => o.clamp(x, -1, 0.5),
    (x) => Math.min(Math.max(x, -1), 0.5),
  ),
];
