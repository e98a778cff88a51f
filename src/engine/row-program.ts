// A program of which every row goes its own way, compiled once for any number of rows: what matrices that are part of it (quantized.ts)
// need, since ONNX Runtime lays them out anew for every session. Leaves out: attention, where rows meet.
import { VideorftError } from '../base/errors.ts';
import { checkGraph } from './check.ts';
import { checkFeed, type Runnable } from './compile.ts';
import { isOp, type Node, topologicalOrder } from './graph.ts';
import { lower } from './lower.ts';
import { encodeModel, type OnnxGraph, type OnnxValue } from './onnx/proto.ts';
import { createProgram, type SessionOptions } from './runtime/ort.ts';

const ROWS = 'rows';

/** Inputs and outputs of a graph traced with so many rows: a first axis of that size is the rows'. Weights have none. */
function withRows(graph: OnnxGraph, rows: number, weights: ReadonlySet<string>): OnnxGraph {
  const open = (v: OnnxValue): OnnxValue =>
    v.shape[0] === rows && !weights.has(v.name) ? { ...v, shape: [ROWS, ...v.shape.slice(1)] } : v;
  return { ...graph, inputs: graph.inputs.map(open), outputs: graph.outputs.map(open) };
}

const weightNames = (outputs: Readonly<Record<string, Node>>): Set<string> =>
  new Set(topologicalOrder(Object.values(outputs)).flatMap((n) => (isOp(n, 'param') ? [n.attrs.name] : [])));

/** Operations with what they read, types and sizes of the other axes: what must not depend on the number of rows. Names are by first use. */
function structure({ nodes, initializers, inputs, outputs }: OnnxGraph): string {
  const places = new Map<string, number>();
  const place = (name: string) => {
    if (!places.has(name)) places.set(name, places.size);
    return places.get(name);
  };
  return JSON.stringify([
    nodes.map(({ op, attrs, ...n }) => [op, attrs, n.inputs.map(place), n.outputs.map(place)]),
    initializers.map(({ name, dtype, shape }) => [place(name), dtype, shape]),
    inputs.map((v) => [place(v.name), v]),
    outputs,
  ]);
}

/** Constants must not depend on it either; matrices are the same memory in both. */
const sameConstants = (a: OnnxGraph, b: OnnxGraph): boolean =>
  a.initializers.every(({ raw }, i) => {
    const other = b.initializers[i].raw;
    return (raw.buffer === other.buffer && raw.byteOffset === other.byteOffset) || Buffer.compare(raw, other) === 0;
  });

/**
 * Compiles what `trace` builds for so many rows, the first axis of its inputs and outputs. Errors: engine-rows (something in the graph depends
 * on their number), engine-names, engine-session, engine-device.
 */
export async function compileRows(
  trace: (rows: number) => Readonly<Record<string, Node>>,
  options: SessionOptions = {},
): Promise<Runnable> {
  const [graph, other] = [7, 13].map((rows) => {
    const outputs = trace(rows);
    checkGraph(outputs, []);
    return withRows(lower(outputs, options.device), rows, weightNames(outputs));
  });
  if (structure(graph) !== structure(other) || !sameConstants(graph, other))
    throw new VideorftError('the graph is not the same for every number of rows', { code: 'engine-rows' });
  const model = encodeModel(graph);
  const program = await createProgram(
    model,
    graph.outputs.map(({ name }) => name),
    {
      ...options,
      oneOfMany: true,
    },
  );
  (model.buffer as ArrayBuffer).transfer(0); // as large as the matrices, of which the session has its own
  const { inputs } = graph;
  return {
    run: async (feeds) =>
      program.run(Object.fromEntries(inputs.map((i) => [i.name, checkFeed(i.name, feeds[i.name], i)]))),
    dispose: () => program.dispose(),
  };
}
