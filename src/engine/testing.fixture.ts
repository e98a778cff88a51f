// One helper proves an operation: its forward values against an independent f64 oracle, its gradients against central
// differences of that oracle. Used by tests only. Leaves out: sizes at which kernels run in parallel (test/engine-parallel.test.ts).
import { createRng, type Rng } from '../base/rng.ts';
import { compile } from './compile.ts';
import { gradients } from './grad.ts';
import { type DType, type Node, type Shape, sizeOf } from './graph.ts';
import { constant, input, mul, param, sum } from './ops.ts';
import { type Buffer, createBuffer, type SessionOptions } from './runtime/ort.ts';

/** A tensor of the oracle: row-major doubles, whatever the engine's type. */
export interface Dense {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float64Array;
}
export type DenseSet = Readonly<Record<string, Dense>>;

export interface Proof {
  readonly name: string;
  /** f32 values become parameters, others inputs. Values must be exact in their type. */
  readonly inputs: DenseSet;
  build(x: Readonly<Record<string, Node>>): Node;
  oracle(x: DenseSet): Dense;
  /** Differentiated with respect to these; default: every f32 input. */
  readonly wrt?: readonly string[];
  /** Largest error allowed, as a share of the largest reference value. */
  readonly forwardBar?: number;
  readonly gradientBar?: number;
}

export interface ProofReport {
  readonly forward: number;
  readonly gradients: Readonly<Record<string, number>>;
}

export const dense = (shape: Shape, data: ArrayLike<number>, dtype: DType = 'f32'): Dense => {
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} values for shape [${shape}]`);
  return { dtype, shape, data: Float64Array.from(data) };
};

/** f32 values drawn from `draw` (standard normal by default). */
export function random(seed: number, shape: Shape, draw: (rng: Rng) => number = (r) => r.normal()): Dense {
  const rng = createRng(seed);
  return dense(
    shape,
    Array.from({ length: sizeOf(shape) }, () => Math.fround(draw(rng))),
  );
}

/** The tensor whose element at each index is f(index). */
export function tabulate(shape: Shape, f: (index: readonly number[]) => number, dtype: DType = 'f32'): Dense {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = f(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return { dtype, shape, data };
}

/** The element at `index`, aligned at the last axis; axes of size 1 broadcast. */
export function at(t: Dense, index: readonly number[]): number {
  const extra = index.length - t.shape.length;
  let flat = 0;
  for (const [axis, d] of t.shape.entries()) flat = flat * d + (d === 1 ? 0 : index[axis + extra]);
  return t.data[flat];
}

export function toBuffer(t: Dense): Buffer {
  const buffer = createBuffer(t.dtype, t.shape);
  for (const [i, v] of t.data.entries()) buffer.data[i] = t.dtype === 'i64' ? BigInt(v) : v;
  return buffer;
}

/** max|got − want| / max|want| (1e-6 at least), infinite where a value is not a number. */
export function relativeError(got: ArrayLike<number | bigint>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let [worst, scale] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const d = Math.abs(Number(got[i]) - want[i]);
    if (!(d <= worst)) worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
    scale = Math.max(scale, Math.abs(want[i]));
  }
  return worst / Math.max(scale, 1e-6);
}

function judge(what: string, error: number, bar: number, got: Buffer, want: ArrayLike<number>): number {
  if (error <= bar) return error;
  const show = (x: ArrayLike<number | bigint>) => Array.from(x as ArrayLike<number>).slice(0, 8);
  throw new Error(`${what}: error ${error} above ${bar}\n  got  ${show(got.data)}\n  want ${show(want)}`);
}

/** ∂(Σ weights·oracle)/∂inputs[name] by central differences in f64. */
function differences(p: Proof, name: string, weights: Dense): Float64Array {
  const h = 1e-5;
  const x = p.inputs[name];
  const lossAt = (i: number, delta: number) => {
    const data = x.data.slice();
    data[i] += delta;
    const y = p.oracle({ ...p.inputs, [name]: { ...x, data } });
    return y.data.reduce((total, v, k) => total + v * weights.data[k], 0);
  };
  return x.data.map((_, i) => (lossAt(i, h) - lossAt(i, -h)) / (2 * h));
}

const leaf = (name: string, t: Dense) => (t.dtype === 'f32' ? param(name, t.shape) : input(name, t.shape, t.dtype));

/** Throws where the operation disagrees with its oracle; returns the largest errors. */
export async function proveOperation(p: Proof, options: SessionOptions = {}): Promise<ProofReport> {
  const { forwardBar = 2e-6, gradientBar = 1e-5 } = p;
  const wrt = p.wrt ?? Object.keys(p.inputs).filter((name) => p.inputs[name].dtype === 'f32');
  const x = Object.fromEntries(Object.entries(p.inputs).map(([name, t]) => [name, leaf(name, t)]));
  const feeds = Object.fromEntries(Object.entries(p.inputs).map(([name, t]) => [name, toBuffer(t)]));
  const want = p.oracle(p.inputs);
  const y = p.build(x);
  if (y.shape.join() !== want.shape.join() || y.dtype !== want.dtype)
    throw new Error(`${p.name}: gives ${y.dtype}[${y.shape}], the oracle ${want.dtype}[${want.shape}]`);
  const alone = await compile({ y }, [], options);
  const forward = (await alone.run(feeds)).y;
  await alone.dispose();
  const error = judge(p.name, relativeError(forward.data, want.data), forwardBar, forward, want.data);
  if (wrt.length === 0) return { forward: error, gradients: {} };

  const weights = random(7, want.shape);
  const loss = sum(mul(y, constant(Float32Array.from(weights.data), weights.shape)));
  const grads = gradients(
    loss,
    wrt.map((name) => x[name]),
  );
  const wanted = { y, ...Object.fromEntries(grads.map((g, i) => [`d/${wrt[i]}`, g])) };
  const program = await compile(wanted, [], options);
  const results = await program.run(feeds);
  await program.dispose();
  judge(`${p.name} beside its gradient`, relativeError(results.y.data, want.data), forwardBar, results.y, want.data);
  const errors = wrt.map((name): [string, number] => {
    const got = results[`d/${name}`];
    if (got.shape.join() !== p.inputs[name].shape.join())
      throw new Error(`${p.name}: the gradient of ${name} has shape [${got.shape}]`);
    const reference = differences(p, name, weights);
    const worst = relativeError(got.data, reference);
    return [name, judge(`${p.name} d/${name}`, worst, gradientBar, got, reference)];
  });
  return { forward: error, gradients: Object.fromEntries(errors) };
}
