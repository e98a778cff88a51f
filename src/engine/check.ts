// The graph's specification, checked before lowering: names are unique, and an update may write over its target's memory only
// where a data dependency forces the write after every read (ONNX Runtime does not know of the alias and orders freely).
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

const label = (n: Node) => (isOp(n, 'input') || isOp(n, 'param') ? n.attrs.name : `${n.op}#${n.id}`);

function ancestors(root: Node): Set<Node> {
  return new Set(topologicalOrder([root]));
}

function refuse(message: string, target: Node): never {
  throw new VideorftError(`${message} (update of ${label(target)})`, {
    code: 'engine-alias',
    fix: 'make the new value depend on every reader of the old one, for instance through the global gradient norm',
  });
}

/** gqa writes its cache in place by contract: present outputs over the past inputs of the same node. */
function isCacheWrite({ target, value }: Update): boolean {
  if (!isOp(value, 'part')) return false;
  const [producer] = value.inputs;
  return isOp(producer, 'gqa') && producer.inputs[2 + value.attrs.index] === target;
}

function checkUpdate(update: Update, readers: ReadonlyMap<Node, readonly Node[]>) {
  const { target, value } = update;
  if (!isOp(target, 'param') && !isOp(target, 'input')) refuse('only parameters and inputs can be updated', target);
  if (value.dtype !== target.dtype || value.shape.join() !== target.shape.join())
    refuse(`the new value is ${value.dtype}[${value.shape}], the old one ${target.dtype}[${target.shape}]`, target);
  const users = readers.get(target) ?? [];
  if (isCacheWrite(update)) {
    if (users.length !== 1) refuse('a cache written in place has a second reader', target);
    return;
  }
  const before = ancestors(value);
  for (const user of users) {
    if (user === value) {
      if (!elementwise.has(value.op)) refuse(`${value.op} would overwrite what it still reads`, target);
    } else if (!before.has(user)) refuse(`${label(user)} may read the old value after the write`, target);
  }
}

/** Throws a VideorftError (engine-names, engine-alias) where the graph breaks its specification. */
export function checkGraph(outputs: Readonly<Record<string, Node>>, updates: readonly Update[]): void {
  const roots = [...Object.values(outputs), ...updates.map((u) => u.value)];
  const order = topologicalOrder(roots);
  const names = new Map<string, Node>();
  const readers = new Map<Node, Node[]>();
  for (const n of order) {
    if (isOp(n, 'input') || isOp(n, 'param')) {
      if (names.has(n.attrs.name) && names.get(n.attrs.name) !== n)
        throw new VideorftError(`two tensors are called ${n.attrs.name}`, { code: 'engine-names' });
      names.set(n.attrs.name, n);
    }
    for (const i of n.inputs) readers.set(i, [...(readers.get(i) ?? []), n]);
  }
  for (const u of updates) checkUpdate(u, readers);
}
