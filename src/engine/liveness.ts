// How much memory a program needs at its peak beside what it is fed: outputs of nodes live from their computation to their last use.
// An estimate: in the order of our graph, which is not quite the runtime's, and without what its allocator leaves unused.
import { isLeaf, type Node, type OpName, sizeOf, topologicalOrder } from './graph.ts';

const BYTES = { f32: 4, f16: 2, bf16: 2, i32: 4, i64: 8, bool: 1 } as const;

/** Operations whose output is their operand's memory. */
const views: ReadonlySet<OpName> = new Set(['part', 'stopGradient', 'reshape'] satisfies OpName[]);

const storageOf = (n: Node): Node => (views.has(n.op) ? storageOf(n.inputs[0]) : n);
const bytesOf = (n: Node): number => n.outputs.reduce((total, o) => total + BYTES[o.dtype] * sizeOf(o.shape), 0);

/** Peak bytes of computing `outputs` and `inPlace`. Outputs stay alive once computed; values written in place have the memory of what is fed. */
export function peakBytes(outputs: readonly Node[], inPlace: readonly Node[] = []): number {
  const order = topologicalOrder([...outputs, ...inPlace]);
  const lastUse = new Map<Node, number>();
  order.forEach((n, at) => {
    lastUse.set(n, at);
    for (const i of n.inputs) lastUse.set(storageOf(i), at);
  });
  for (const n of outputs) lastUse.set(storageOf(n), order.length);
  const free = new Set(inPlace.map(storageOf));
  const costs = (n: Node) => !isLeaf(n) && !views.has(n.op) && !free.has(n);
  const ends = Map.groupBy(order.filter(costs), (n) => lastUse.get(n) as number);
  let [bytes, peak] = [0, 0];
  order.forEach((n, at) => {
    if (costs(n)) bytes += bytesOf(n);
    peak = Math.max(peak, bytes);
    for (const dead of ends.get(at) ?? []) bytes -= bytesOf(dead);
  });
  return peak;
}
