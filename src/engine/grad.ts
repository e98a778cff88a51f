// Reverse-mode differentiation on one page: a rule per operation, its formula in the code, then the walk.
// Leaves out: gradients through secondary outputs (part), through gqa, quantizedProduct, scatterAdd and reduceMax (nothing trains through them).
import { VideorftError } from '../base/errors.ts';
import { isLeaf, isOp, Node, type OpName, type Region, topologicalOrder } from './graph.ts';
import * as o from './ops.ts';

/** Given a node and ∂L/∂output, ∂L/∂(each input); undefined where no gradient flows. */
type Rule<K extends OpName> = (n: Node & Node<K>, g: Node) => (Node | undefined)[];

const none: Rule<OpName> = (n) => n.inputs.map(() => undefined);

const refuse: Rule<OpName> = (n) => {
  throw new VideorftError(`${n.op} has no gradient`, { code: 'engine-gradient', fix: 'wrap it in stopGradient' });
};

/** Sums `g` over the axes that broadcasting added or stretched, back to the shape of `like`. */
function unbroadcast(g: Node, like: Node): Node {
  const extra = g.rank - like.rank;
  const axes = g.shape.map((_, i) => i).filter((i) => i < extra || (like.shape[i - extra] === 1 && g.shape[i] !== 1));
  return o.reshape(o.sum(g, axes), like.shape);
}

const both = (n: Node, ga: Node, gb: Node) => [unbroadcast(ga, n.inputs[0]), unbroadcast(gb, n.inputs[1])];

/** max and min: g goes to the operand that was taken, half to each on a tie. */
const selected: Rule<OpName> = (n, g) => {
  const [hitA, hitB] = n.inputs.map((x) => o.cast(o.equal(x, n), 'f32'));
  const share = o.div(g, o.add(hitA, hitB));
  return both(n, o.mul(share, hitA), o.mul(share, hitB));
};

/**
 * Row sums Σⱼ ∂aᵢⱼ·aᵢⱼ that a product y = a·b knows by Σₖ ∂yᵢₖ·yᵢₖ, which is less work where b is narrow: ∂a → a and its sums.
 * The gradient of softmax needs them (as in FlashAttention, arXiv 2205.14135, appendix B).
 */
const rowDots = new WeakMap<Node, { readonly of: Node; readonly dots: Node }>();

function rowDot(g: Node, n: Node): Node {
  const known = rowDots.get(g);
  return known?.of === n ? known.dots : o.sum(o.mul(g, n), -1, true);
}

const reshapeRule: Rule<'reshape'> = (n, g) => {
  const [x] = n.inputs;
  const gx = o.reshape(g, x.shape);
  const known = rowDots.get(g);
  const sameRows = x.shape[x.rank - 1] === n.shape[n.rank - 1];
  if (known?.of === n && sameRows)
    rowDots.set(gx, { of: x, dots: o.reshape(known.dots, [...x.shape.slice(0, -1), 1]) });
  return [gx];
};

const matmulRule: Rule<'matmul'> = (n, g) => {
  const [a, b] = n.inputs.map(o.castAnew);
  const { transA, transB, alpha } = n.attrs;
  const ga = transA
    ? o.matmul(b, g, { transA: transB, transB: true, alpha })
    : o.matmul(g, b, { transB: !transB, alpha });
  const gb = transB
    ? o.matmul(g, a, { transA: true, transB: transA, alpha })
    : o.matmul(a, g, { transA: !transA, alpha });
  if (!transA && a.rank === n.rank) rowDots.set(ga, { of: n.inputs[0], dots: o.sum(o.mul(g, n), -1, true) });
  return both(n, ga, gb);
};

/** y = x·r·w with r = 1/rms(x): ∂x = r·w·∂y − x·r³·mean(∂y·x·w), ∂w = Σ r·(∂y·x), both sums as products with ∂y·x. */
const rmsNormRule: Rule<'rmsNorm'> = (n, g) => {
  const [x, w] = n.inputs;
  const r = o.part(n, 1);
  const [width, rows] = [w.size, x.size / w.size];
  const gx = o.reshape(o.mul(g, x), [rows, width]);
  const dw = o.matmul(o.reshape(r, [1, rows]), gx);
  const mean = o.reshape(o.matmul(gx, o.reshape(w, [width, 1]), { alpha: 1 / width }), r.shape);
  const dx = o.sub(o.mul(o.mul(g, w), r), o.mul(x, o.mul(mean, o.mul(r, o.mul(r, r)))));
  return [dx, o.reshape(dw, w.shape)];
};

const rules: { [K in OpName]: Rule<K> } = {
  input: none,
  param: none,
  constant: none,
  part: refuse,
  stopGradient: none,
  cast: (n, g) => [n.inputs[0].dtype.startsWith('f') ? o.cast(g, n.inputs[0].dtype) : undefined],
  neg: (_, g) => [o.neg(g)],
  exp: (n, g) => [o.mul(g, n)],
  log: (n, g) => [o.div(g, n.inputs[0])],
  sqrt: (n, g) => [o.div(o.mul(g, 0.5), n)],
  abs: (n, g) => {
    const [x] = n.inputs; // 0 at 0, as torch
    return [o.where(o.less(x, 0), o.neg(g), o.where(o.less(0, x), g, 0))];
  },
  sin: (n, g) => [o.mul(g, o.cos(n.inputs[0]))],
  cos: (n, g) => [o.neg(o.mul(g, o.sin(n.inputs[0])))],
  tanh: (n, g) => [o.mul(g, o.sub(1, o.mul(n, n)))],
  erf: (n, g) => [o.mul(o.mul(g, 2 / Math.sqrt(Math.PI)), o.exp(o.neg(o.mul(n.inputs[0], n.inputs[0]))))],
  sigmoid: (n, g) => [o.mul(g, o.mul(n, o.sub(1, n)))],
  swiglu: (n, g) => {
    const [gate, up] = n.inputs; // y = s·gate·up, s = σ(gate): computed again, since the forward pass keeps none (lower.ts)
    const s = o.sigmoid(gate);
    return [o.mul(g, o.add(n, o.mul(s, o.sub(up, n)))), o.mul(g, o.mul(s, gate))]; // s′ = s − s², so y′ = y + s·(up − y)
  },
  add: (n, g) => both(n, g, g),
  sub: (n, g) => both(n, g, o.neg(g)),
  mul: (n, g) => both(n, o.mul(g, n.inputs[1]), o.mul(g, n.inputs[0])),
  div: (n, g) => both(n, o.div(g, n.inputs[1]), o.neg(o.div(o.mul(g, n), n.inputs[1]))),
  max: selected,
  min: selected,
  equal: none,
  less: none,
  where: (n, g) => {
    const [c, a, b] = n.inputs;
    return [undefined, unbroadcast(o.where(c, g, 0), a), unbroadcast(o.where(c, 0, g), b)];
  },
  matmul: matmulRule,
  reshape: reshapeRule,
  transpose: (n, g) => [
    o.transpose(
      g,
      [...n.attrs.perm.keys()].map((i) => n.attrs.perm.indexOf(i)),
    ),
  ],
  expand: (n, g) => [unbroadcast(g, n.inputs[0])],
  slice: (n, g) => {
    const { axis, start, end } = n.attrs;
    return [o.pad(g, axis, start, n.inputs[0].shape[axis] - end)];
  },
  pad: (n, g) => {
    const { axis, before } = n.attrs;
    return [o.slice(g, axis, before, before + n.inputs[0].shape[axis])];
  },
  concat: (n, g) => {
    let at = 0;
    return n.inputs.map((x) => {
      at += x.shape[n.attrs.axis];
      return o.slice(g, n.attrs.axis, at - x.shape[n.attrs.axis], at);
    });
  },
  sum: (n, g) => {
    const [x] = n.inputs;
    const kept = x.shape.map((d, i) => (n.attrs.axes.includes(i) ? 1 : d));
    return [o.expand(o.reshape(g, kept), x.shape)];
  },
  reduceMax: refuse,
  softmax: (n, g) => [o.mul(n, o.sub(g, rowDot(g, n)))],
  logSoftmax: (n, g) => [o.sub(g, o.mul(o.exp(n), o.sum(g, -1, true)))],
  rmsNorm: rmsNormRule,
  rotary: (n, g) => [o.rotary(g, n.inputs[1], o.neg(n.inputs[2]), n.attrs.heads), undefined, undefined],
  gather: (n, g) => {
    const [table, ids] = n.inputs;
    const width = table.size / table.shape[0];
    const rows = o.scatterAdd(o.reshape(ids, [ids.size]), o.reshape(g, [ids.size, width]), table.shape[0]);
    return [o.reshape(rows, table.shape), undefined];
  },
  scatterAdd: refuse,
  takeLast: (n, g) => {
    // Scattered into zeros at flat places: a Where over a one-hot matrix takes longer than all else of a cross entropy.
    const [x, ids] = n.inputs;
    // Places are i32 where they fit: WebGPU adds no i64.
    const [width, count] = [x.shape[x.rank - 1], ids.size];
    const type = x.size < 2 ** 31 ? 'i32' : 'i64';
    const wide = (values: Int32Array) => o.cast(o.constant(values, [values.length]), type);
    const starts = o.mul(wide(Int32Array.from({ length: count }, (_, i) => i)), wide(Int32Array.of(width)));
    const places = o.add(o.cast(o.reshape(ids, [count]), type), starts);
    return [o.reshape(o.scatterAdd(places, o.reshape(g, [count, 1]), x.size), x.shape), undefined];
  },
  gqa: refuse,
  quantizedProduct: refuse,
};

/** Nodes from which a gradient reaches some of `wrt`. */
function dependents(order: readonly Node[], wrt: readonly Node[]): Set<Node> {
  const reached = new Set(wrt);
  for (const n of order) if (n.inputs.some((i) => reached.has(i))) reached.add(n);
  return reached;
}

/**
 * ∂loss/∂x for each x of `wrt`; `loss` must be a scalar. An x that the loss does not depend on gets zeros.
 * Blocks marked by `checkpoint` are computed again, each after the gradients of all that follows it.
 */
export function gradients(loss: Node, wrt: readonly Node[]): Node[] {
  if (loss.size !== 1)
    throw new VideorftError(`the loss has shape [${loss.shape}], not a scalar`, { code: 'engine-loss' });
  const order = topologicalOrder([loss]);
  const cotangents = new Map<Node, Node>([[loss, o.expand(o.scalar(1), loss.shape)]]);
  backpropagate(order, cotangents, dependents(order, wrt));
  return wrt.map((x) => cotangents.get(x) ?? o.zeros(x.shape));
}

/** Walks `order` backwards, adding to `cotangents`. */
function backpropagate(order: readonly Node[], cotangents: Map<Node, Node>, useful: Set<Node>) {
  const inBlocks = new Set<Node>();
  let before: Node[] = []; // parameter gradients since the last block
  for (let i = order.length - 1; i >= 0; i--) {
    const n = order[i];
    const g = cotangents.get(n);
    if (!g || !useful.has(n) || isLeaf(n)) continue;
    if (inBlocks.has(n)) escaped(n);
    if (n.region) {
      before = throughBlock(n.region, g, cotangents, useful, before);
      for (const inner of n.region.nodes) inBlocks.add(inner);
      continue;
    }
    const rule = rules[n.op] as Rule<OpName>;
    for (const [k, gi] of rule(n, g).entries()) {
      accumulate(cotangents, useful, n.inputs[k], gi);
      if (gi && isOp(n.inputs[k], 'param') && useful.has(n.inputs[k])) before.push(gi);
    }
  }
}

function escaped(n: Node): never {
  throw new VideorftError(`${n.op} inside a recomputation block is used outside of it`, {
    code: 'engine-checkpoint',
    fix: 'let the block return only its output',
  });
}

function accumulate(cotangents: Map<Node, Node>, useful: Set<Node>, x: Node, g: Node | undefined) {
  if (!g || !useful.has(x)) return;
  const before = cotangents.get(x);
  cotangents.set(x, before ? joined(before, g) : g);
}

/** a + b; the gradients of neighbouring slices are put side by side instead of being widened with zeros and added. */
function joined(a: Node, b: Node): Node {
  if (!isOp(a, 'pad') || !isOp(b, 'pad') || a.attrs.axis !== b.attrs.axis) return o.add(a, b);
  const { axis } = a.attrs;
  const size = a.shape[axis];
  const [first, second] = a.attrs.before < b.attrs.before ? [a, b] : [b, a];
  if (size - first.attrs.after !== second.attrs.before) return o.add(a, b);
  return o.pad(o.concat([first.inputs[0], second.inputs[0]], axis), axis, first.attrs.before, second.attrs.after);
}

/** The first element of `x` times zero: an edge that only orders execution. */
function after(x: Node): Node {
  let first = x;
  for (let axis = 0; axis < x.rank; axis++) first = o.slice(first, axis, 0, 1);
  return o.mul(o.reshape(first, []), 0);
}

/**
 * Differentiates a recomputation block: clones it behind the incoming gradient and the parameter gradients `before`, then walks
 * the clone. Without that order the runtime is free to leave parameter gradients, and all that they keep alive, for last. Returns its own.
 */
function throughBlock(
  region: Region,
  g: Node,
  cotangents: Map<Node, Node>,
  useful: Set<Node>,
  before: readonly Node[],
): Node[] {
  const wait = [g, ...before].map(after).reduce(o.add);
  const clones = new Map<Node, Node>();
  for (const x of region.inputs) clones.set(x, x.dtype === 'f32' ? o.add(x, wait) : x);
  const order = topologicalOrder([region.output]).filter((n) => region.nodes.has(n) && !clones.has(n));
  for (const n of order) clones.set(n, cloneNode(n, clones));
  const inner = new Map<Node, Node>([[clones.get(region.output) as Node, g]]);
  const innerOrder = order.map((n) => clones.get(n) as Node);
  const seeds = [...new Set(region.inputs)].map((x) => [x, clones.get(x) as Node] as const);
  const own = new Set([...innerOrder.filter((n) => !isLeaf(n)), ...seeds.map(([, seed]) => seed)]);
  const innerUseful = new Set(useful);
  for (const [original, copy] of clones) if (useful.has(original)) innerUseful.add(copy);
  backpropagate(innerOrder, inner, innerUseful);
  for (const [x, seed] of seeds) accumulate(cotangents, useful, x, inner.get(seed));
  const ours: Node[] = [];
  for (const [x, gx] of inner) {
    if (own.has(x)) continue;
    accumulate(cotangents, useful, x, gx);
    if (isOp(x, 'param')) ours.push(gx);
  }
  return ours;
}

/** Leaves stay shared; everything else is copied with inputs replaced. */
function cloneNode(n: Node, clones: Map<Node, Node>): Node {
  if (isLeaf(n)) return n;
  const anew = o.castAnew(n);
  if (anew !== n) return anew;
  return new Node(
    n.op,
    n.inputs.map((i) => clones.get(i) ?? i),
    n.attrs,
  ) as Node;
}
