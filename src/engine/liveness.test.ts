// The peak is counted by hand; views cost nothing, and what the gradient of swiglu computes again is not kept.
import { expect, test } from 'vitest';
import { gradients } from './grad.ts';
import type { Node } from './graph.ts';
import { peakMemory } from './liveness.ts';
import * as o from './ops.ts';

const KIB = 1024;
/** 1 KiB. */
const x = () => o.input('x', [256]);

test('a chain holds two links at a time, the last one stays', () => {
  const chain = o.neg(o.neg(o.neg(o.neg(x()))));
  expect(peakMemory([chain]).bytes).toBe(2 * KIB);
});

test('a value lives until its last reader', () => {
  const a = o.neg(x());
  const late = o.add(o.neg(o.neg(a)), a); // a, −a, −−a at once; then a, −−a, the sum
  const { bytes, alive } = peakMemory([late]);
  expect(bytes).toBe(3 * KIB);
  expect(alive).toContain(a);
});

test('outputs stay alive; leaves are fed and cost nothing', () => {
  const [a, b] = [o.neg(x()), o.exp(x())];
  expect(peakMemory([a, b]).bytes).toBe(2 * KIB);
  expect(peakMemory([x()]).bytes).toBe(0);
});

test('a view keeps the memory that it shows, and has none of its own', () => {
  const a = o.neg(x());
  const view = o.reshape(a, [16, 16]);
  const { bytes } = peakMemory([o.neg(view)]);
  expect(bytes).toBe(2 * KIB);
});

test('swiglu keeps its operands for the gradient; silu(gate) · up keeps two more of their size', () => {
  const deep = (gated: (gate: Node, up: Node) => Node) => {
    const w = o.param('w', [64, 64]);
    let h = o.input('h', [512, 64]);
    for (let i = 0; i < 8; i++) {
      const [gate, up] = [o.linear(h, w), o.linear(h, w)];
      h = gated(o.neg(gate), o.neg(up));
    }
    const loss = o.sum(h);
    return peakMemory([loss, ...gradients(loss, [w])]).bytes;
  };
  const size = 512 * 64 * 4;
  const saved = deep((gate, up) => o.mul(o.silu(gate), up)) - deep(o.swiglu);
  expect(saved).toBe(7 * 2 * size); // the last block is being differentiated at the peak
});
