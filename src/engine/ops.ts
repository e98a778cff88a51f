// What model code calls: one function per operation, and the few compositions that everybody needs.
// Reads like PyTorch: `add(x, linear(h, w))`. Negative axes count from the end.
import { type DType, isLeaf, isOp, type Node, node, type Shape, sizeOf } from './graph.ts';
import type { QuantizedMatrix } from './quantized.ts';

export function input(name: string, shape: Shape, dtype: DType = 'f32'): Node {
  return node('input', [], { name, spec: { dtype, shape } });
}
export function param(name: string, shape: Shape, dtype: DType = 'f32'): Node {
  return node('param', [], { name, spec: { dtype, shape } });
}
export function scalar(value: number): Node {
  return node('constant', [], { data: Float32Array.of(value), spec: { dtype: 'f32', shape: [] } });
}
export function constant(data: Float32Array | Int32Array, shape: Shape): Node {
  const dtype = data instanceof Float32Array ? 'f32' : 'i32';
  if (data.length !== sizeOf(shape)) throw new RangeError(`constant of ${data.length} values for shape [${shape}]`);
  return node('constant', [], { data, spec: { dtype, shape } });
}
export const zeros = (shape: Shape): Node => expand(scalar(0), shape);

export const part = (x: Node, index: number): Node => node('part', [x], { index });
export const stopGradient = (x: Node): Node => node('stopGradient', [x], {});
export const cast = (x: Node, to: DType): Node => (x.dtype === to ? x : node('cast', [x], { to }));
/**
 * What a tensor that is fed in a narrower type was cast to, cast anew; anything else is itself. For backward passes: wide copies need not
 * live so long.
 */
export const castAnew = (x: Node): Node =>
  isOp(x, 'cast') && isLeaf(x.inputs[0]) ? node('cast', [x.inputs[0]], { to: x.attrs.to, again: true }) : x;

export const neg = (x: Node): Node => node('neg', [x], {});
export const exp = (x: Node): Node => node('exp', [x], {});
export const log = (x: Node): Node => node('log', [x], {});
export const sqrt = (x: Node): Node => node('sqrt', [x], {});
export const abs = (x: Node): Node => node('abs', [x], {});
export const sin = (x: Node): Node => node('sin', [x], {});
export const cos = (x: Node): Node => node('cos', [x], {});
export const tanh = (x: Node): Node => node('tanh', [x], {});
export const erf = (x: Node): Node => node('erf', [x], {});
export const sigmoid = (x: Node): Node => node('sigmoid', [x], {});

type Operand = Node | number;
const asNode = (x: Operand): Node => (typeof x === 'number' ? scalar(x) : x);
export const add = (a: Operand, b: Operand): Node => node('add', [asNode(a), asNode(b)], {});
export const sub = (a: Operand, b: Operand): Node => node('sub', [asNode(a), asNode(b)], {});
export const mul = (a: Operand, b: Operand): Node => node('mul', [asNode(a), asNode(b)], {});
export const div = (a: Operand, b: Operand): Node => node('div', [asNode(a), asNode(b)], {});
export const maximum = (a: Operand, b: Operand): Node => node('max', [asNode(a), asNode(b)], {});
export const minimum = (a: Operand, b: Operand): Node => node('min', [asNode(a), asNode(b)], {});
export const less = (a: Operand, b: Operand): Node => node('less', [asNode(a), asNode(b)], {});
export const equal = (a: Node, b: Node): Node => node('equal', [a, b], {});
export const where = (condition: Node, a: Operand, b: Operand): Node =>
  node('where', [condition, asNode(a), asNode(b)], {});
/** clamp(x, low, high); the gradient is 0 outside. */
export const clamp = (x: Node, low: number, high: number): Node => minimum(maximum(x, low), high);

export interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}
export function matmul(a: Node, b: Node, { transA = false, transB = false, alpha = 1 }: MatmulOptions = {}): Node {
  return node('matmul', [a, b], { transA, transB, alpha });
}

/** x[N, in] · matrix[out, in]ᵀ. */
export const quantizedProduct = (x: Node, matrix: QuantizedMatrix): Node => node('quantizedProduct', [x], { matrix });

export const reshape = (x: Node, shape: Shape): Node =>
  x.shape.join() === shape.join() ? x : node('reshape', [x], { shape });
export const transpose = (x: Node, perm: readonly number[]): Node =>
  perm.length === x.rank && perm.every((p, i) => p === i) ? x : node('transpose', [x], { perm });
export const expand = (x: Node, shape: Shape): Node =>
  x.shape.join() === shape.join() ? x : node('expand', [x], { shape });

const axisOf = (x: Node, axis: number) => (axis < 0 ? x.rank + axis : axis);
const axesOf = (x: Node, axes: number | readonly number[] | undefined) =>
  axes === undefined ? x.shape.map((_, i) => i) : (typeof axes === 'number' ? [axes] : axes).map((a) => axisOf(x, a));

/** Elements [start, end) of one axis. */
export function slice(x: Node, axis: number, start: number, end: number): Node {
  const a = axisOf(x, axis);
  return start === 0 && end === x.shape[a] ? x : node('slice', [x], { axis: a, start, end });
}
/** Zeros before and after along one axis. */
export function pad(x: Node, axis: number, before: number, after: number): Node {
  return before === 0 && after === 0 ? x : node('pad', [x], { axis: axisOf(x, axis), before, after });
}
export const concat = (parts: readonly Node[], axis: number): Node =>
  parts.length === 1 ? parts[0] : node('concat', parts, { axis: axisOf(parts[0], axis) });

export function sum(x: Node, axes?: number | readonly number[], keepdims = false): Node {
  const list = axesOf(x, axes);
  return list.length === 0 ? x : node('sum', [x], { axes: list, keepdims });
}
export function mean(x: Node, axes?: number | readonly number[], keepdims = false): Node {
  const list = axesOf(x, axes);
  return mul(sum(x, list, keepdims), 1 / list.reduce((n, a) => n * x.shape[a], 1));
}
export function reduceMax(x: Node, axes?: number | readonly number[], keepdims = false): Node {
  return node('reduceMax', [x], { axes: axesOf(x, axes), keepdims });
}

/** Over the last axis. */
export const softmax = (x: Node): Node => node('softmax', [x], {});
/** Over the last axis. */
export const logSoftmax = (x: Node): Node => node('logSoftmax', [x], {});
/** x / sqrt(mean(x²) + eps) · weight, over the last axis. */
export const rmsNorm = (x: Node, weight: Node, eps: number): Node => node('rmsNorm', [x, weight], { eps });
/** (x − mean) / sqrt(var + eps) · weight + bias, over the last axis. */
export function layerNorm(x: Node, weight: Node, bias: Node, eps: number): Node {
  const centred = sub(x, mean(x, -1, true));
  const scale = sqrt(add(mean(mul(centred, centred), -1, true), eps));
  return add(mul(div(centred, scale), weight), bias);
}

/** Rotates x[B,T,H·D] by the angles whose cosines and sines are given per token, [B·T, D/2] (halves, not pairs). */
export const rotary = (x: Node, cosines: Node, sines: Node, heads: number): Node =>
  node('rotary', [x, cosines, sines], { heads });
export const gather = (table: Node, ids: Node): Node => node('gather', [table, ids], {});
export const scatterAdd = (ids: Node, updates: Node, rows: number): Node =>
  node('scatterAdd', [ids, updates], { rows });
export const takeLast = (x: Node, ids: Node): Node => node('takeLast', [x, ids], {});

export interface GqaInputs {
  readonly q: Node;
  readonly k: Node;
  readonly v: Node;
  readonly pastK: Node;
  readonly pastV: Node;
  /** i32 [B]: total length − 1 of each row. */
  readonly seqlens: Node;
  /** i32 [1]: the longest total length, at most the cache's capacity. */
  readonly total: Node;
}
export function gqa(i: GqaInputs, heads: number, kvHeads: number, scale: number): Node {
  return node('gqa', [i.q, i.k, i.v, i.pastK, i.pastV, i.seqlens, i.total], { heads, kvHeads, scale });
}

/** x[…, in] · weight[out, in]ᵀ + bias[out]: the published layout of linear layers. */
export function linear(x: Node, weight: Node, bias?: Node): Node {
  const flat = reshape(x, [x.size / x.shape[x.rank - 1], x.shape[x.rank - 1]]);
  const y = matmul(flat, weight, { transB: true });
  return reshape(bias ? add(y, bias) : y, [...x.shape.slice(0, -1), weight.shape[0]]);
}
export const silu = (x: Node): Node => mul(x, sigmoid(x));
/** silu(gate) · up, of equal shapes. */
export const swiglu = (gate: Node, up: Node): Node => node('swiglu', [gate, up], {});
/** The tanh approximation of GELU (gelu_pytorch_tanh). */
export function geluTanh(x: Node): Node {
  const inner = mul(mul(x, add(mul(mul(x, x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}
/** Exact GELU by the error function. */
export const gelu = (x: Node): Node => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
