// A small decoder-only transformer over ids, with next-token loss: what tests of training and of recomputation run.
import { createRng } from '../base/rng.ts';
import { checkpoint, type Node, type Shape, sizeOf } from './graph.ts';
import * as o from './ops.ts';
import { type Buffer, f32, i32 } from './runtime/ort.ts';

export interface TransformerShape {
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly vocabulary: number;
}

/** Name → shape of every weight. */
export function weightShapes({ width, layers, vocabulary }: TransformerShape): Record<string, Shape> {
  const block = (i: number): [string, Shape][] => [
    [`${i}.norm1`, [width]],
    [`${i}.qkv`, [3 * width, width]],
    [`${i}.out`, [width, width]],
    [`${i}.norm2`, [width]],
    [`${i}.up`, [4 * width, width]],
    [`${i}.down`, [width, 4 * width]],
  ];
  const blocks = Array.from({ length: layers }, (_, i) => block(i)).flat();
  return Object.fromEntries([['embedding', [vocabulary, width]], ...blocks, ['norm', [width]]]);
}

/** Normal weights of variance 1/width; norms near 1. */
export function initialWeights(shape: TransformerShape, seed: number): Record<string, Buffer> {
  const entries = Object.entries(weightShapes(shape)).map(([name, s]): [string, Buffer] => {
    const rng = createRng(seed).fork(name);
    const draw = () => (s.length === 1 ? 1 + 0.1 * rng.normal() : rng.normal() / Math.sqrt(s[1]));
    return [name, f32(Float32Array.from({ length: sizeOf(s) }, draw), s)];
  });
  return Object.fromEntries(entries);
}

/** Rows in which id x is followed by 3x + 1 modulo the vocabulary: a rule that training can find. */
export function sampleIds({ batch, tokens, vocabulary }: TransformerShape, seed: number): Record<string, Buffer> {
  const rng = createRng(seed);
  const rows = Array.from({ length: batch }, () => {
    const row = [rng.int(vocabulary)];
    while (row.length <= tokens) row.push((row[row.length - 1] * 3 + 1) % vocabulary);
    return row;
  });
  const flat = (from: number) =>
    i32(
      rows.flatMap((r) => r.slice(from, from + tokens)),
      [batch, tokens],
    );
  return { ids: flat(0), targets: flat(1) };
}

function attention(x: Node, qkv: Node, out: Node, { batch, tokens, width, heads }: TransformerShape): Node {
  const D = width / heads;
  const all = o.reshape(o.linear(x, qkv), [batch, tokens, 3, heads, D]);
  const head = (i: number) =>
    o.transpose(o.reshape(o.slice(all, 2, i, i + 1), [batch, tokens, heads, D]), [0, 2, 1, 3]);
  const causal = Float32Array.from({ length: tokens * tokens }, (_, i) =>
    i % tokens > Math.floor(i / tokens) ? -1e9 : 0,
  );
  const scores = o.matmul(head(0), head(1), { transB: true, alpha: 1 / Math.sqrt(D) }); // [B, H, T, T]
  const mixed = o.matmul(o.softmax(o.add(scores, o.constant(causal, [tokens, tokens]))), head(2));
  return o.linear(o.reshape(o.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]), out);
}

/** The mean next-token loss, and its parameters by name. `recompute` marks every block for recomputation. */
export function transformer(shape: TransformerShape, recompute: boolean): { loss: Node; weights: Map<string, Node> } {
  const weights = new Map(Object.entries(weightShapes(shape)).map(([name, s]) => [name, o.param(name, s)]));
  const w = (name: string) => weights.get(name) as Node;
  const ids = o.input('ids', [shape.batch, shape.tokens], 'i32');
  const targets = o.input('targets', [shape.batch, shape.tokens], 'i32');
  const block = (i: number) => (x: Node) => {
    const h = o.add(x, attention(o.rmsNorm(x, w(`${i}.norm1`), 1e-6), w(`${i}.qkv`), w(`${i}.out`), shape));
    const up = o.gelu(o.linear(o.rmsNorm(h, w(`${i}.norm2`), 1e-6), w(`${i}.up`)));
    return o.add(h, o.linear(up, w(`${i}.down`)));
  };
  let x = o.gather(w('embedding'), ids);
  for (let i = 0; i < shape.layers; i++) x = recompute ? checkpoint([x], block(i)) : block(i)(x);
  const logits = o.linear(o.rmsNorm(x, w('norm'), 1e-6), w('embedding'));
  return { loss: o.neg(o.mean(o.takeLast(o.logSoftmax(logits), targets))), weights };
}
