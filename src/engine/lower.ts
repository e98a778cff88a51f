// Graph → ONNX: one lowering per operation. Constants become initializers (deduplicated); params and inputs become graph inputs.
// Leaves out: what the runtime may alias (check.ts decides before this runs).
import { VideorftError } from '../base/errors.ts';
import { isLeaf, type Node, type OpName, topologicalOrder } from './graph.ts';
import { composedGqa } from './lower-attention.ts';
import { add, matmul, quantizedProduct } from './lower-products.ts';
import { Lowering, type Rule, scalar } from './lowering.ts';
import { type Attribute, type OnnxGraph, type OnnxValue, onnxType } from './onnx/proto.ts';
import type { Device } from './runtime/ort.ts';

const simple =
  (op: string, attrs?: Record<string, Attribute>): Rule<OpName> =>
  (n, c) =>
    c.emit(n, op, c.args(n), attrs);

const leaf: Rule<'input' | 'param'> = (n, c) => {
  c.inputs.push({ name: n.attrs.name, ...n.attrs.spec });
  c.bind(n, [n.attrs.name]);
};

const reduce =
  (op: string): Rule<'sum' | 'reduceMax'> =>
  (n, c) =>
    c.emit(n, op, [...c.args(n), c.int64s(n.attrs.axes)], { keepdims: n.attrs.keepdims ? 1 : 0 });

/** QuickGelu with alpha 1 is silu in one kernel, and no common subexpression of the sigmoid that the gradient computes. */
const swiglu: Rule<'swiglu'> = (n, c) => {
  const [gate, up] = c.args(n);
  const silu =
    c.device === 'cpu'
      ? c.helper(n, 'silu', 'QuickGelu', [gate], { alpha: { float: 1 } }, 'com.microsoft')
      : c.helper(n, 'silu', 'Mul', [gate, c.helper(n, 'sigmoid', 'Sigmoid', [gate])]);
  c.emit(n, 'Mul', [silu, up]);
};

const rmsNorm: Rule<'rmsNorm'> = (n, c) => {
  const attrs = { axis: -1, epsilon: { float: n.attrs.eps }, stash_type: 1 };
  const wanted = c.wantsParts.has(n);
  const kernel = wanted && c.device === 'cpu';
  c.emit(n, 'SimplifiedLayerNormalization', c.args(n), attrs, undefined, kernel ? 2 : 1);
  if (!wanted || kernel) return;
  // WebGPU's kernel leaves something else than 1/rms in the second output (onnxruntime-node 1.30.0).
  const [x] = c.args(n);
  const squares = c.helper(n, 'squares', 'Mul', [x, x]);
  const mean = c.helper(n, 'mean', 'ReduceMean', [squares, c.int64s([n.rank - 1])], { keepdims: 1 });
  const root = c.helper(n, 'root', 'Sqrt', [c.helper(n, 'shifted', 'Add', [mean, scalar(c, n.attrs.eps)])]);
  c.bind(n, [c.name(n), c.helper(n, 'inverse', 'Reciprocal', [root])]);
};

/** x − max − log Σ exp(x − max) where the kernel is missing (WebGPU). */
const logSoftmax: Rule<'logSoftmax'> = (n, c) => {
  if (c.device === 'cpu') return c.emit(n, 'LogSoftmax', c.args(n), { axis: -1 });
  const last = c.int64s([n.rank - 1]);
  const [x] = c.args(n);
  const shifted = c.helper(n, 'shifted', 'Sub', [x, c.helper(n, 'max', 'ReduceMax', [x, last], { keepdims: 1 })]);
  const total = c.helper(n, 'sum', 'ReduceSum', [c.helper(n, 'exp', 'Exp', [shifted]), last], { keepdims: 1 });
  c.emit(n, 'Sub', [shifted, c.helper(n, 'log', 'Log', [total])]);
};

const scatterAdd: Rule<'scatterAdd'> = (n, c) => {
  const [ids, updates] = n.inputs;
  const zero = c.initializer('f32', [1], new Uint8Array(new Float32Array(1).buffer));
  const base = c.helper(n, 'zeros', 'Expand', [zero, c.int64s(n.shape)]);
  const column = c.helper(n, 'column', 'Reshape', [c.name(ids), c.int64s([ids.size, 1])]);
  const index = c.helper(n, 'index', 'Expand', [column, c.int64s(updates.shape)]);
  // ScatterND loses updates of repeated ids under several threads; ScatterElements does not.
  c.emit(n, 'ScatterElements', [base, index, c.name(updates)], { axis: 0, reduction: 'add' });
};

/** TensorProto.DataType of what has no place among our types: values of bf16 are fed as their bits. */
const BFLOAT16 = 16;

/** Values whose bits were fed as integers. */
function bfloat16(n: Node, bits: string, c: Lowering): string {
  if (c.device !== 'cpu')
    throw new VideorftError(`weights held as bf16 cannot be used on ${c.device}`, {
      code: 'engine-device',
      fix: 'hold them as f16 (dtype f16), or use the device cpu',
    });
  return c.helper(n, 'bf16', 'BitCast', [bits], { to: BFLOAT16 });
}

const rules: { [K in OpName]: Rule<K> } = {
  input: leaf,
  param: leaf,
  constant: (n, c) => {
    const { data, spec } = n.attrs;
    c.bind(n, [c.initializer(spec.dtype, spec.shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]);
  },
  part: (n, c) => c.bind(n, [c.name(n.inputs[0], n.attrs.index)]),
  stopGradient: (n, c) => c.bind(n, [c.name(n.inputs[0])]),
  cast: (n, c) => {
    const to = onnxType[n.attrs.to];
    const given = (x: string) => [n.inputs[0].dtype === 'bf16' ? bfloat16(n, x, c) : x];
    if (!n.attrs.again) return c.emit(n, 'Cast', given(c.name(n.inputs[0])), { to });
    // Of another shape for a moment, or ONNX Runtime would merge the two as a common subexpression.
    const view = c.helper(n, 'view', 'Reshape', [...c.args(n), c.int64s([1, ...n.shape])], { allowzero: 1 });
    c.emit(n, 'Reshape', [c.helper(n, 'wide', 'Cast', given(view), { to }), c.int64s(n.shape)], { allowzero: 1 });
  },
  neg: simple('Neg'),
  exp: simple('Exp'),
  log: simple('Log'),
  sqrt: simple('Sqrt'),
  abs: simple('Abs'),
  sin: simple('Sin'),
  cos: simple('Cos'),
  tanh: simple('Tanh'),
  erf: simple('Erf'),
  sigmoid: simple('Sigmoid'),
  swiglu,
  add,
  sub: simple('Sub'),
  mul: simple('Mul'),
  div: simple('Div'),
  max: simple('Max'),
  min: simple('Min'),
  equal: simple('Equal'),
  less: simple('Less'),
  where: simple('Where'),
  matmul,
  quantizedProduct,
  reshape: (n, c) => c.emit(n, 'Reshape', [...c.args(n), c.int64s(n.shape)], { allowzero: 1 }),
  transpose: (n, c) => c.emit(n, 'Transpose', c.args(n), { perm: n.attrs.perm }),
  expand: (n, c) => c.emit(n, 'Expand', [...c.args(n), c.int64s(n.shape)]),
  slice: (n, c) => {
    const { axis, start, end } = n.attrs;
    c.emit(n, 'Slice', [...c.args(n), c.int64s([start]), c.int64s([end]), c.int64s([axis])]);
  },
  pad: (n, c) => {
    const { axis, before, after } = n.attrs;
    const pads = new Array<number>(2 * n.rank).fill(0);
    pads[axis] = before;
    pads[n.rank + axis] = after;
    c.emit(n, 'Pad', [...c.args(n), c.int64s(pads)]);
  },
  concat: (n, c) => c.emit(n, 'Concat', c.args(n), { axis: n.attrs.axis }),
  sum: reduce('ReduceSum'),
  reduceMax: reduce('ReduceMax'),
  softmax: simple('Softmax', { axis: -1 }),
  logSoftmax,
  rmsNorm,
  rotary: (n, c) => {
    const [x, cos, sin] = n.inputs;
    const [batch, tokens] = x.shape;
    const rows = Array.from({ length: batch * tokens }, (_, i) => i);
    const inputs = [c.name(x), c.int64s(rows, [batch, tokens]), c.name(cos), c.name(sin)];
    c.emit(n, 'RotaryEmbedding', inputs, undefined, 'com.microsoft');
  },
  gather: (n, c) => c.emit(n, 'Gather', c.args(n), { axis: 0 }),
  scatterAdd,
  takeLast: (n, c) => {
    const [x, ids] = n.inputs;
    const column = c.helper(n, 'column', 'Reshape', [c.name(ids), c.int64s([...ids.shape, 1])]);
    const taken = c.helper(n, 'taken', 'GatherElements', [c.name(x), column], { axis: -1 });
    c.emit(n, 'Reshape', [taken, c.int64s(n.shape)], { allowzero: 1 });
  },
  gqa: (n, c) => {
    if (c.device !== 'cpu') {
      const outputs = composedGqa(n);
      for (const m of topologicalOrder(outputs)) if (!c.has(m)) (rules[m.op] as Rule<OpName>)(m, c);
      return c.bind(
        n,
        outputs.map((m) => c.name(m)),
      );
    }
    const { heads, kvHeads, scale } = n.attrs;
    const attrs = { num_heads: heads, kv_num_heads: kvHeads, scale: { float: scale } };
    c.emit(n, 'GroupQueryAttention', c.args(n), attrs, 'com.microsoft', 3);
  },
};

/** Operations that only bring what is fed into shape. */
const shaping: ReadonlySet<OpName> = new Set(['cast', 'slice', 'reshape'] satisfies OpName[]);

/**
 * Of a node's operands, ONNX Runtime computes the one with the highest place in the model first, with all that it needs. What only brings
 * leaves into shape (a weight that is widened) goes first, so that it is computed last, just before it is used: otherwise the wide copies
 * of all layers are made before the first layer runs.
 */
function leafwardFirst(order: readonly Node[]): Node[] {
  const early = new Set<Node>();
  for (const n of order) if (isLeaf(n) || (shaping.has(n.op) && early.has(n.inputs[0]))) early.add(n);
  return [...order.filter((n) => early.has(n)), ...order.filter((n) => !early.has(n))];
}

/**
 * The ONNX model that computes `outputs`. Two outputs may be the same node; each gets a name of its own through Identity.
 * Inputs that nothing reads are left out: the runtime refuses feeds that a model does not name.
 */
export function lower(outputs: Readonly<Record<string, Node>>, device: Device = 'cpu'): OnnxGraph {
  const order = leafwardFirst(topologicalOrder(Object.values(outputs)));
  const c = new Lowering(order, Object.values(outputs), device);
  for (const n of order) (rules[n.op] as Rule<OpName>)(n, c);
  const values: OnnxValue[] = [];
  const renamed = new Map<string, string>();
  for (const [name, n] of Object.entries(outputs)) {
    values.push({ name, dtype: n.dtype, shape: n.shape });
    const produced = c.name(n);
    const direct = !renamed.has(produced) && produced.startsWith('%t');
    if (direct) renamed.set(produced, name);
    else c.nodes.push({ op: 'Identity', inputs: [produced], outputs: [name] });
  }
  const rename = (x: string) => renamed.get(x) ?? x;
  const nodes = c.nodes.map((n) => ({ ...n, inputs: n.inputs.map(rename), outputs: n.outputs.map(rename) }));
  return { nodes, initializers: c.initializers, inputs: c.inputs, outputs: values };
}
