// Trace → check → lower → session. A Compiled program is called with buffers by name; updates are written in place.
import { VideorftError } from '../base/errors.ts';
import { checkGraph, type Update } from './check.ts';
import { type DType, isOp, type Node, type Shape, topologicalOrder } from './graph.ts';
import { peakBytes } from './liveness.ts';
import { lower } from './lower.ts';
import { encodeModel } from './onnx/proto.ts';
import { type Buffer, createProgram, type SessionOptions } from './runtime/ort.ts';
import { toDevice, toHost } from './runtime/transfer.ts';

export interface Runnable {
  /**
   * Feeds by name (inputs and params). Returns the named outputs; buffers of updated tensors hold their new values afterwards. Params and
   * updated tensors move to where the program runs, and stay there (runtime/residence.ts).
   */
  run(feeds: Readonly<Record<string, Buffer>>): Promise<Record<string, Buffer>>;
  dispose(): Promise<void>;
}
export interface Compiled extends Runnable {
  /** Names that must be fed. */
  readonly inputs: readonly string[];
  /** An estimate of the memory that a run needs at its peak beside its feeds, which the session then keeps. */
  readonly bytes: number;
}

const nameOf = (n: Node): string => (isOp(n, 'input') || isOp(n, 'param') ? n.attrs.name : '');

/** Compiles `outputs` and in-place `updates` into one session. Errors: engine-alias, engine-names, engine-session, engine-device. */
export async function compile(
  outputs: Readonly<Record<string, Node>>,
  updates: readonly Update[] = [],
  options: SessionOptions = {},
): Promise<Compiled> {
  const { device = 'cpu' } = options;
  checkGraph(outputs, updates, { aliased: device === 'cpu' });
  const written = Object.fromEntries(updates.map((u) => [`${nameOf(u.target)}:new`, u.value]));
  const targets = updates.map((u) => [`${nameOf(u.target)}:new`, nameOf(u.target)] as const);
  const all = { ...outputs, ...written };
  const graph = lower(all, device);
  const { inputs } = graph;
  const program = await createProgram(encodeModel(graph), Object.keys(all), options, new Set(Object.keys(written)));
  const bytes = peakBytes(
    Object.values(outputs),
    updates.map((u) => u.value),
  );
  const specs = new Map(inputs.map((i): [string, FeedSpec] => [i.name, i]));
  for (const { target } of updates) specs.set(nameOf(target), target.outputs[0]); // fed even where nothing reads it
  const read = new Set(inputs.map((i) => i.name));
  const staying = [...targets.map(([, target]) => target), ...paramsOf(all)];
  const named = Object.keys(outputs);
  return {
    bytes,
    inputs: [...specs.keys()],
    async run(feeds) {
      const used: Record<string, Buffer> = {};
      for (const [name, spec] of specs) {
        const buffer = checkFeed(name, feeds[name], spec);
        if (read.has(name)) used[name] = buffer;
      }
      await (device === 'cpu'
        ? toHost(Object.values(used))
        : toDevice(
            staying.map((name) => feeds[name]),
            device,
          ));
      const into = Object.fromEntries(targets.map(([out, target]) => [out, feeds[target]]));
      const results = await program.run(used, into);
      return Object.fromEntries(named.map((name) => [name, results[name]]));
    },
    dispose: () => program.dispose(),
  };
}

const paramsOf = (roots: Readonly<Record<string, Node>>): string[] =>
  topologicalOrder(Object.values(roots))
    .filter((n) => isOp(n, 'param'))
    .map(nameOf);

/** A tensor's type and shape, where a name stands for any size. */
export interface FeedSpec {
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

export function checkFeed(name: string, buffer: Buffer | undefined, { dtype, shape }: FeedSpec): Buffer {
  const sizesFit = (given: Shape) =>
    given.length === shape.length && shape.every((size, i) => typeof size === 'string' || size === given[i]);
  if (buffer && buffer.dtype === dtype && sizesFit(buffer.shape)) return buffer;
  const got = buffer ? `${buffer.dtype}[${buffer.shape}]` : 'nothing';
  throw new VideorftError(`tensor ${name}: expected ${dtype}[${shape}], got ${got}`, {
    code: 'engine-feed',
    facts: { name },
  });
}
