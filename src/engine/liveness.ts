// How much memory a program needs at its peak beside its feeds: outputs of nodes live from their computation to their last use. An
// upper bound for the order given, since the runtime also reuses an operand's memory where it can.
import { type Node, type OpName, topologicalOrder } from './graph.ts';

const BYTES = { f32: 4, f16: 2, i32: 4, i64: 8, bool: 1 } as const;

/** Operations whose output is their operand's memory. */
const views: ReadonlySet<OpName> = new Set(['part', 'stopGradient', 'reshape'] satisfies OpName[]);
const leaves: ReadonlySet<OpName> = new Set(['input', 'param', 'constant'] satisfies OpName[]);

const storageOf = (n: Node): Node => (views.has(n.op) ? storageOf(n.inputs[0]) : n);
const bytesOf = (n: Node): number =>
  n.outputs.reduce((total, { shape, dtype }) => total + shape.reduce((a, b) => a * b, BYTES[dtype]), 0);

export interface Peak {
  readonly bytes: number;
  /** What is alive at the peak. */
  readonly alive: readonly Node[];
}

/** The peak of computing `outputs`, which stay alive once computed. */
export function peakMemory(outputs: readonly Node[]): Peak {
  const order = topologicalOrder(outputs);
  const lastUse = new Map<Node, number>();
  order.forEach((n, at) => {
    for (const i of n.inputs) lastUse.set(storageOf(i), at);
  });
  for (const n of outputs) lastUse.set(storageOf(n), order.length);
  const ends = Map.groupBy([...lastUse.keys()], (n) => lastUse.get(n) as number);
  const alive = new Set<Node>();
  let [bytes, peak] = [0, { bytes: 0, alive: [] as Node[] }];
  order.forEach((n, at) => {
    if (!leaves.has(n.op) && !views.has(n.op)) {
      alive.add(n);
      bytes += bytesOf(n);
    }
    if (bytes > peak.bytes) peak = { bytes, alive: [...alive] };
    for (const dead of ends.get(at) ?? []) if (alive.delete(dead)) bytes -= bytesOf(dead);
  });
  return peak;
}
