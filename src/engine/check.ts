// The graph's specification, checked before lowering: names are unique, and an update may write over its target's memory only
// where a data dependency forces the write after every read (ONNX Runtime does not know of the alias and orders freely), where
// reads through views count, and where no fused kernel could read the target while it writes.
import { VideorftError } from '../base/errors.ts';
import { isOp, type Node, type OpName, topologicalOrder } from './graph.ts';

/** An in-place write: after the run, `target`'s buffer holds `value`. */
export interface Update {
  readonly target: Node;
  readonly value: Node;
}

/** Operations that read element i of an operand no later than they write element i of the result. */
const elementwise: ReadonlySet<OpName> = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'neg',
  'max',
  'min',
  'where',
] satisfies OpName[]);

/** Operations whose result may be the operand's own memory, or which ONNX Runtime may let others read past. */
const views: ReadonlySet<OpName> = new Set(['part', 'stopGradient', 'reshape', 'transpose', 'cast'] satisfies OpName[]);

/** ONNX Runtime drops x + 0 and x · 1, and lets a product read x in place of x · constant. */
function mayVanish(n: Node): boolean {
  const constants = n.inputs.filter((i) => isOp(i, 'constant'));
  if (n.op === 'mul' || n.op === 'div') return constants.some((c) => c.size === 1);
  return (
    (n.op === 'add' || n.op === 'sub') &&
    constants.some((c) => isOp(c, 'constant') && c.attrs.data.every((v) => v === 0))
  );
}

const isView = (n: Node) => views.has(n.op) || mayVanish(n);

type Users = ReadonlyMap<Node, readonly Node[]>;

/** Every node that reads the memory of `target`, directly or through views. */
function readersOf(target: Node, users: Users): Node[] {
  const found: Node[] = [];
  const pending = [target];
  for (let n = pending.pop(); n; n = pending.pop()) {
    for (const user of users.get(n) ?? []) {
      found.push(user);
      if (isView(user)) pending.push(user);
    }
  }
  return found;
}

/** Nodes that ONNX Runtime might fuse into one kernel that ends in `value`: those that nothing else uses. */
function fusible(value: Node, users: Users, kept: ReadonlySet<Node>): Set<Node> {
  const inside = new Set([value]);
  for (const n of inside) {
    for (const i of n.inputs) if (!kept.has(i) && (users.get(i) ?? []).every((u) => inside.has(u))) inside.add(i);
  }
  return inside;
}

/** A fusible operation that is not elementwise and depends on `target` (matmul(p, b) + p would become one Gemm over p's memory). */
function fusedReader(target: Node, region: ReadonlySet<Node>, users: Users): Node | undefined {
  const reached = new Set([target]);
  for (const n of reached) for (const u of users.get(n) ?? []) if (region.has(u)) reached.add(u);
  reached.delete(target);
  return [...reached].find((n) => !elementwise.has(n.op) && n.op !== 'sqrt' && !isView(n));
}

const label = (n: Node) => (isOp(n, 'input') || isOp(n, 'param') ? n.attrs.name : `${n.op}#${n.id}`);

function ancestors(root: Node): Set<Node> {
  return new Set(topologicalOrder([root]));
}

function refuse(message: string, target: Node, fix?: string): never {
  throw new VideorftError(`${message} (update of ${label(target)})`, {
    code: 'engine-alias',
    fix:
      fix ?? 'make the new value depend on every reader of the old one, for instance through the global gradient norm',
  });
}

/** gqa writes its cache in place by contract: present outputs over the past inputs of the same node. */
function isCacheWrite({ target, value }: Update): boolean {
  if (!isOp(value, 'part')) return false;
  const [producer] = value.inputs;
  return isOp(producer, 'gqa') && producer.inputs[2 + value.attrs.index] === target;
}

function checkTypes({ target, value }: Update) {
  if (!isOp(target, 'param') && !isOp(target, 'input')) refuse('only parameters and inputs can be updated', target);
  if (value.dtype !== target.dtype || value.shape.join() !== target.shape.join())
    refuse(`the new value is ${value.dtype}[${value.shape}], the old one ${target.dtype}[${target.shape}]`, target);
}

function checkUpdate(update: Update, users: Users, kept: ReadonlySet<Node>) {
  const { target, value } = update;
  const readers = readersOf(target, users);
  if (isCacheWrite(update)) {
    if (readers.length !== 1) refuse('a cache written in place has a second reader', target);
    return;
  }
  let before: ReadonlySet<Node> | undefined;
  for (const user of readers) {
    if (user === value) {
      if (!elementwise.has(value.op)) refuse(`${value.op} would overwrite what it still reads`, target);
      continue;
    }
    // Asked of few updates only: hundreds of adapters each add to one gradient that nothing else reads.
    before ??= ancestors(value);
    if (!before.has(user) || (kept.has(user) && isView(user)))
      refuse(`${label(user)} may read the old value after the write`, target);
  }
  const fused = fusedReader(target, fusible(value, users, kept), users);
  if (fused)
    refuse(`${label(fused)} could be fused with the write`, target, `make ${label(fused)} an output of the graph too`);
}

function checkTargets(outputs: Readonly<Record<string, Node>>, updates: readonly Update[]) {
  const targets = new Set<Node>();
  for (const { target } of updates) {
    if (targets.has(target)) refuse('two updates of one tensor', target);
    targets.add(target);
  }
  for (const [name, n] of Object.entries(outputs)) {
    if (targets.has(n)) refuse(`the output ${name} would show the old value or the new one`, n);
  }
}

/**
 * Throws a VideorftError (engine-names, engine-alias) where the graph breaks its specification. `aliased`: whether updates are written over
 * their targets during the run; where they take their place afterwards, no read can come too late.
 */
export function checkGraph(
  outputs: Readonly<Record<string, Node>>,
  updates: readonly Update[],
  { aliased = true }: { aliased?: boolean } = {},
): void {
  const roots = [...Object.values(outputs), ...updates.map((u) => u.value)];
  const order = topologicalOrder(roots);
  const names = new Map<string, Node>();
  const users = new Map<Node, Node[]>();
  for (const n of order) {
    if (isOp(n, 'input') || isOp(n, 'param')) {
      if (names.has(n.attrs.name) && names.get(n.attrs.name) !== n)
        throw new VideorftError(`two tensors are called ${n.attrs.name}`, { code: 'engine-names' });
      names.set(n.attrs.name, n);
    }
    for (const i of n.inputs) {
      const list = users.get(i);
      if (list) list.push(n);
      else users.set(i, [n]);
    }
  }
  for (const name of Object.keys(outputs)) {
    if (names.has(name))
      throw new VideorftError(`an output shares the name ${name} with an input`, { code: 'engine-names' });
  }
  checkTargets(outputs, updates);
  const kept = new Set(roots);
  for (const u of updates) {
    checkTypes(u);
    if (aliased) checkUpdate(u, users, kept);
  }
}
