// Runs one training step of 12 wide blocks in a process of its own and prints its peak memory.
// Run: node test/support/engine-memory-child.ts plain|recompute|silu|swiglu  →  {"loss":…,"norm":…,"peakMb":…}
// plain, recompute: transformer blocks, kept or computed again; silu, swiglu: gated layers by two operations or by one.
import { readFileSync } from 'node:fs';
import { compile } from '../../src/engine/compile.ts';
import { gradients } from '../../src/engine/grad.ts';
import type { Node } from '../../src/engine/graph.ts';
import * as o from '../../src/engine/ops.ts';
import { adamw, adamwScalars, zeroMoments } from '../../src/engine/optimizer.ts';
import type { Buffer } from '../../src/engine/runtime/ort.ts';
import { random, toBuffer } from '../../src/engine/testing.fixture.ts';
import { initialWeights, sampleIds, transformer } from '../../src/engine/transformer.fixture.ts';

interface Step {
  readonly loss: Node;
  readonly params: readonly Node[];
  readonly start: Record<string, Buffer>;
  readonly feeds: Record<string, Buffer>;
}

function transformerStep(recompute: boolean): Step {
  const shape = { batch: 4, tokens: 320, width: 128, heads: 4, layers: 12, vocabulary: 256 };
  const { loss, weights } = transformer(shape, recompute);
  return { loss, params: [...weights.values()], start: initialWeights(shape, 1), feeds: sampleIds(shape, 5) };
}

/** h + down(gated(gate(h), up(h))), 12 times. */
function gatedStep(gated: (gate: Node, up: Node) => Node): Step {
  const [rows, width, hidden] = [2048, 64, 1024];
  const names = Array.from({ length: 12 }, (_, i) => [`${i}.gate`, `${i}.up`, `${i}.down`]);
  const shapeOf = (name: string) => (name.endsWith('down') ? [width, hidden] : [hidden, width]);
  const params = new Map(names.flat().map((name) => [name, o.param(name, shapeOf(name))]));
  const w = (name: string) => params.get(name) as Node;
  let h = o.input('x', [rows, width]);
  for (const [gate, up, down] of names)
    h = o.add(h, o.linear(gated(o.linear(h, w(gate)), o.linear(h, w(up))), w(down)));
  const draw = (seed: number, shape: readonly number[]) => toBuffer(random(seed, shape, (r) => 0.1 * r.normal()));
  return {
    loss: o.mean(o.mul(h, h)),
    params: [...params.values()],
    start: Object.fromEntries(names.flat().map((name, i) => [name, draw(i, shapeOf(name))])),
    feeds: { x: draw(99, [rows, width]) },
  };
}

const steps: Readonly<Record<string, () => Step>> = {
  plain: () => transformerStep(false),
  recompute: () => transformerStep(true),
  silu: () => gatedStep((gate, up) => o.mul(o.silu(gate), up)),
  swiglu: () => gatedStep(o.swiglu),
};

const { loss, params, start, feeds } = steps[process.argv[2]]();
const { updates, gradNorm } = adamw(params, gradients(loss, params));
const program = await compile({ loss, gradNorm }, updates, { threads: 2 });
const results = await program.run({
  ...start,
  ...zeroMoments(start),
  ...feeds,
  'adamw:scalars': adamwScalars(1e-3, 1),
});
const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
const [first, norm] = [results.loss, results.gradNorm].map((b) => (b.data as Float32Array)[0]);
console.log(JSON.stringify({ loss: first, norm, peakMb: Number(peak?.[1]) / 1024 }));
