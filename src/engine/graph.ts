// The traced graph: nodes of a closed operation set, with static shapes. Building a node checks shapes at once (shapes.ts),
// so a mistake fails on the line that made it. Leaves out: differentiation (grad.ts), ONNX (lower.ts), execution (runtime/).
import type { QuantizedMatrix } from './quantized.ts';
import { inferOutputs } from './shapes.ts';

/** bf16 is only stored: it can be gathered, sliced and cast. */
export type DType = 'f32' | 'f16' | 'bf16' | 'i32' | 'i64' | 'bool';
export type Shape = readonly number[];

export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Literal data of a constant node, row-major. bool is held as 0/1. */
export type ConstantData = Float32Array | Int32Array | Uint8Array;

/** The closed set of operations and the attributes of each. A new key does not compile until every table has it. */
export interface OpAttrs {
  /** A tensor fed at every run. */
  input: { name: string; spec: TensorSpec };
  /** A weight: fed like an input, but named, differentiable, and updatable in place. */
  param: { name: string; spec: TensorSpec };
  constant: { data: ConstantData; spec: TensorSpec };
  /** Output number `index` of a node with several outputs. */
  part: { index: number };
  stopGradient: object;
  /** `again`: never merged with another cast of the same tensor, so that neither keeps the other's result alive. */
  cast: { to: DType; again?: true };
  neg: object;
  exp: object;
  log: object;
  sqrt: object;
  abs: object;
  sin: object;
  cos: object;
  tanh: object;
  erf: object;
  sigmoid: object;
  /** silu(gate) · up. Its gradient computes the sigmoid again, so that only gate and up are kept for the backward pass. */
  swiglu: object;
  add: object;
  sub: object;
  mul: object;
  div: object;
  max: object;
  min: object;
  equal: object;
  less: object;
  where: object;
  /** op(a) @ op(b) · alpha over the last two axes; leading axes broadcast. */
  matmul: { transA: boolean; transB: boolean; alpha: number };
  /** x[N, in] · matrixᵀ → [N, out], by a matrix that is held in a few bits (quantized.ts) and is part of the program. No gradient. */
  quantizedProduct: { matrix: QuantizedMatrix };
  reshape: { shape: Shape };
  transpose: { perm: readonly number[] };
  expand: { shape: Shape };
  slice: { axis: number; start: number; end: number };
  pad: { axis: number; before: number; after: number };
  concat: { axis: number };
  sum: { axes: readonly number[]; keepdims: boolean };
  reduceMax: { axes: readonly number[]; keepdims: boolean };
  softmax: object;
  logSoftmax: object;
  /** Inputs x[…, D], weight[D]. Outputs: y, and 1/rms of shape […, 1]. */
  rmsNorm: { eps: number };
  /** Rotary embedding, half-split layout: x[B,T,H·D], cos[B·T, D/2], sin[B·T, D/2] → x rotated, per head. No gradient to cos, sin. */
  rotary: { heads: number };
  /** Rows of a table: table[V, …], ids[…] → [ids…, …]. */
  gather: object;
  /** Adjoint of gather: ids[N], updates[N, D] → [rows, D]; repeated ids add up. */
  scatterAdd: { rows: number };
  /** x[…, V], ids[…] → x at ids along the last axis, […]. */
  takeLast: object;
  /**
   * Attention of new tokens over a key/value cache that is written in place (com.microsoft GroupQueryAttention; no rotary here).
   * Inputs q[B,S,H·D], k[B,S,Hkv·D], v[B,S,Hkv·D], pastK[B,Hkv,M,D], pastV, seqlens[B] i32 (total length − 1), total[1] i32 (the longest total).
   * D must be a multiple of 8. Outputs: y[B,S,H·D], presentK, presentV.
   */
  gqa: { heads: number; kvHeads: number; scale: number };
}

export type OpName = keyof OpAttrs;

/** A recomputation block (gradient checkpointing): its nodes are computed again in the backward pass. */
export interface Region {
  readonly id: number;
  readonly inputs: readonly Node[];
  readonly output: Node;
  readonly nodes: ReadonlySet<Node>;
}

export class Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly attrs: OpAttrs[K];
  readonly outputs: readonly TensorSpec[];
  /** Set when this node is the output of a recomputation block. */
  region: Region | undefined = undefined;

  constructor(op: K, inputs: readonly Node[], attrs: OpAttrs[K]) {
    this.id = nextId++;
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.outputs = inferOutputs(op, inputs, attrs);
    recording?.add(this as unknown as Node);
  }

  get shape(): Shape {
    return this.outputs[0].shape;
  }
  get dtype(): DType {
    return this.outputs[0].dtype;
  }
  get rank(): number {
    return this.shape.length;
  }
  get size(): number {
    return sizeOf(this.shape);
  }
}

let nextId = 0;
let nextRegion = 0;
let recording: Set<Node> | undefined;

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

export function node<K extends OpName>(op: K, inputs: readonly Node[], attrs: OpAttrs[K]): Node {
  return new Node(op, inputs, attrs) as unknown as Node;
}

/** Is this node of operation `op`? Narrows the attributes. */
export function isOp<K extends OpName>(n: Node, op: K): n is Node & Node<K> {
  return (n.op as OpName) === op;
}

/** Fed or constant: nothing is computed for it. */
export const isLeaf = (n: Node): boolean => isOp(n, 'param') || isOp(n, 'input') || isOp(n, 'constant');

/**
 * Marks `fn` as a recomputation block: its intermediate values are not kept for the backward pass but computed again.
 * `fn` must be pure; only its `inputs` (and parameters it reads) survive. Nested blocks are not supported.
 */
export function checkpoint(inputs: readonly Node[], fn: (...inputs: Node[]) => Node): Node {
  const outer = recording;
  const nodes = new Set<Node>();
  recording = nodes;
  let output: Node;
  try {
    output = fn(...inputs);
  } finally {
    recording = outer;
  }
  if (outer) for (const n of nodes) outer.add(n);
  if (nodes.has(output)) output.region = { id: nextRegion++, inputs, output, nodes };
  return output;
}

/** Every node that `roots` depend on, inputs before users. */
export function topologicalOrder(roots: readonly Node[]): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, 1 | 2>();
  const stack: Node[] = [...roots].reverse();
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (state.get(top) === 2) {
      stack.pop();
    } else if (state.get(top) === 1) {
      state.set(top, 2);
      order.push(top);
      stack.pop();
    } else {
      state.set(top, 1);
      for (let i = top.inputs.length - 1; i >= 0; i--) if (!state.has(top.inputs[i])) stack.push(top.inputs[i]);
    }
  }
  return order;
}

const describeSpec = (spec: TensorSpec) => `${spec.dtype}[${spec.shape.join(',')}]`;

/** The graph as text, one node a line, numbered from 0 in topological order; constants show their first values. */
export function printGraph(outputs: Readonly<Record<string, Node>>): string {
  const order = topologicalOrder(Object.values(outputs));
  const number = new Map(order.map((n, i) => [n, i]));
  const lines = order.map((n) => {
    const args = n.inputs.map((i) => `%${number.get(i)}`).join(', ');
    return `%${number.get(n)} = ${n.op}(${args})${printAttrs(n)} : ${n.outputs.map(describeSpec).join(', ')}`;
  });
  const returns = Object.entries(outputs).map(([name, n]) => `${name}=%${number.get(n)}`);
  return [...lines, `return ${returns.join(', ')}`].join('\n');
}

function printAttrs(n: Node): string {
  if (isOp(n, 'constant')) {
    const head = Array.from(n.attrs.data.subarray(0, 4)).join(',');
    return ` {${head}${n.attrs.data.length > 4 ? ',…' : ''}}`;
  }
  const entries = Object.entries(n.attrs)
    .filter(([key, value]) => key !== 'spec' && value !== false && !(key === 'alpha' && value === 1))
    .map(([key, value]) => (value === true ? key : `${key}=${Array.isArray(value) ? `[${value.join(',')}]` : value}`));
  return entries.length > 0 ? ` {${entries.join(' ')}}` : '';
}
