// Weights fed as f16 or bf16: graphs compute with their f32 values, exactly, forwards and backwards, in blocks and whole; and what is wide does not
// live from the forward pass to the backward pass.
import { describe, expect, test } from 'vitest';
import { f32ToBf16, f32ToF16, widen } from '../base/half.ts';
import { createRng } from '../base/rng.ts';
import {
  type Buffer,
  compile,
  f32,
  gradients,
  i32,
  input,
  mul,
  type Node,
  sum,
  topologicalOrder,
} from '../engine/index.ts';
import { adapterShapes, graphWeights, type LowRankModules, type WeightsOptions } from './weights.ts';

/** Two blocks in the forward-only form: 65,536 rows of 16, and the rest. */
const shapes = { 'a.weight': [70_000, 16], 'a.bias': [70_000], 'b.weight': [16, 16], 'table.weight': [9, 16] };
const adapted: LowRankModules = new Map([['b', { rank: 2, scale: 0.5 }]]);
const all = { ...shapes, ...adapterShapes(shapes, adapted) };
const rng = createRng(1);
const random = (shape: readonly number[]) =>
  f32(
    Float32Array.from({ length: shape.reduce((x, y) => x * y, 1) }, () => rng.normal()),
    shape,
  );
const given = Object.fromEntries(Object.entries(all).map(([name, shape]) => [name, random(shape)]));

type Narrow = 'f16' | 'bf16';
const bitsOf = { f16: f32ToF16, bf16: f32ToBf16 };

/** The weights with matrices held narrower, and the f32 values of those. */
function held(dtype: Narrow) {
  const narrow = new Map(['a.weight', 'b.weight', 'table.weight'].map((name) => [name, dtype]));
  const all = (change: (b: Buffer) => Buffer, from: Readonly<Record<string, Buffer>>) =>
    Object.fromEntries(Object.entries(from).map(([n, b]) => [n, narrow.has(n) ? change(b) : b]));
  const halves = all((b) => ({ ...b, dtype, data: bitsOf[dtype](b.data as Float32Array) }), given);
  const rounded = all((b) => f32(widen[dtype](b.data as Uint16Array), b.shape), halves);
  return { narrow, halves, rounded };
}
const ids = i32([3, 8, 3], [3]);
const weigh = random([3, 70_000]);

/** a(b(rows of the table)), and its gradient for b's adapter and for the table's rows. */
function build(options: WeightsOptions): { y: Node; graph: Record<string, Node>; order: Node[] } {
  const w = graphWeights(shapes, { adapted, ...options });
  const rows = w.rows('table.weight', input('ids', [3], 'i32'));
  const y = w.linear(w.linear(rows, 'b'), 'a');
  const trained = ['b.lora_A.weight', 'b.lora_B.weight'].map(w.get);
  const [a, b, x] = gradients(sum(mul(y, input('weigh', y.shape))), [...trained, rows]);
  return { y, graph: { y, a, b, x }, order: topologicalOrder([y, a, b, x]) };
}

async function run(outputs: Record<string, Node>, weights: Record<string, Buffer>) {
  const program = await compile(outputs, [], { threads: 1 });
  const results = await program.run({ ...weights, ids, weigh });
  await program.dispose();
  return results;
}

describe.each(['f16', 'bf16'] as const)('weights held as %s', (dtype) => {
  const { narrow, halves, rounded } = held(dtype);

  test('give what their f32 values give, gradients too', async () => {
    const [got, want] = [await run(build({ narrow }).graph, halves), await run(build({}).graph, rounded)];
    for (const name of ['y', 'a', 'b', 'x']) expect(got[name].data, name).toEqual(want[name].data);
    expect((got.a.data as Float32Array).some((v) => v !== 0)).toBe(true);
  });

  test('in blocks too, where nothing is trained', async () => {
    const blocked = build({ narrow, forwardOnly: true });
    expect(blocked.order.filter((n) => n.op === 'slice').length).toBeGreaterThanOrEqual(2);
    const [got, want] = [await run({ y: blocked.y }, halves), await run({ y: build({}).y }, rounded)];
    expect(got.y.data).toEqual(want.y.data);
  });

  test('are widened anew for the backward pass', () => {
    const anew = (options: WeightsOptions) => build(options).order.filter((n) => 'again' in n.attrs);
    expect(anew({ narrow }).map((n) => n.shape)).toEqual(expect.arrayContaining([[70_000, 16]]));
    expect(anew({})).toEqual([]);
  });
});
