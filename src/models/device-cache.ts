// Key/value caches that stay on a GPU: rows copied and tokens appended by programs, since the host cannot reach them. Each writes its caches
// anew, which a GPU's memory hardly feels. Leaves out: caches in host memory (cache.ts), which program runs when.
import {
  type Buffer,
  constant,
  equal,
  gather,
  i32,
  input,
  isOp,
  less,
  type Node,
  pad,
  reshape,
  slice,
  topologicalOrder,
  type Update,
  where,
} from '../engine/index.ts';
import type { KvCache, RowCopy } from './cache.ts';
import type { DecodeGraph } from './port.ts';

/** Writes of the new tokens' keys and values into the caches `k0`, `v0`, … of a decoding graph, at input `slots`[rows] i32. */
export function appendUpdates({ logprobs, tokens }: DecodeGraph): Update[] {
  const inputs = topologicalOrder([logprobs]).filter((n) => isOp(n, 'input'));
  const named = new Map(inputs.map((n) => [n.attrs.name, n as Node]));
  const [rows, , capacity] = (named.get('k0') as Node).shape;
  const places = constant(
    Int32Array.from({ length: capacity }, (_, i) => i),
    [1, capacity],
  );
  const here = reshape(equal(places, reshape(input('slots', [rows], 'i32'), [rows, 1])), [rows, 1, capacity, 1]);
  return Object.entries(tokens).map(([name, token]): Update => {
    const target = named.get(name.replace(':new', '')) as Node;
    const [, heads, dim] = token.shape;
    return { target, value: where(here, reshape(token, [rows, heads, 1, dim]), target) };
  });
}

/** x[…, tokens, D] with room for `capacity` tokens. */
function resized(x: Node, capacity: number): Node {
  const tokens = x.shape[2];
  return tokens > capacity ? slice(x, 2, 0, capacity) : pad(x, 2, 0, capacity - tokens);
}

/** Rows of caches `from:k0`, … written over rows of `k0`, …: row r becomes row `rows`[r] of the source, or stays where that is −1. */
export function copyUpdates(source: KvCache, target: KvCache): Update[] {
  const rows = input('rows', [target.rows], 'i32');
  const kept = less(rows, constant(new Int32Array(1), [1]));
  const places = where(kept, constant(new Int32Array(1), [1]), rows);
  return Object.entries(target.feeds).map(([name, { shape }]): Update => {
    const old = input(name, shape);
    const copied = resized(gather(input(`from:${name}`, source.feeds[name].shape), places), target.capacity);
    return { target: old, value: where(reshape(kept, [target.rows, 1, 1, 1]), old, copied) };
  });
}

/** Feeds of `copyUpdates`. What lies behind a row's length is copied too: masks hide it. */
export function copyFeeds(source: KvCache, target: KvCache, copies: readonly RowCopy[]): Record<string, Buffer> {
  const rows = new Int32Array(target.rows).fill(-1);
  for (const { from, to } of copies) rows[to] = from;
  const from = Object.entries(source.feeds).map(([name, b]) => [`from:${name}`, b] as const);
  return { ...Object.fromEntries(from), ...target.feeds, rows: i32(rows, [target.rows]) };
}
