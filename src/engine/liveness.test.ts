// The peak is counted by hand; views cost nothing, and what the gradient of swiglu computes again is not kept.
import { expect, test } from 'vitest';
import { gradients } from './grad.ts';
import type { Node } from './graph.ts';
import { peakBytes } from './liveness.ts';
import * as o from './ops.ts';
import { adamw } from './optimizer.ts';

const KIB = 1024;
/** 1 KiB. */
const x = () => o.input('x', [256]);

test('a chain holds two links at a time, the last one stays', () => {
  const chain = o.neg(o.neg(o.neg(o.neg(x()))));
  expect(peakBytes([chain])).toBe(2 * KIB);
});

test('a value lives until its last reader', () => {
  const a = o.neg(x());
  const late = o.add(o.neg(o.neg(a)), a); // a, −a, −−a at once; then a, −−a, the sum
  expect(peakBytes([late])).toBe(3 * KIB);
});

test('outputs stay alive; leaves are fed and cost nothing', () => {
  const [a, b] = [o.neg(x()), o.exp(x())];
  expect(peakBytes([a, b])).toBe(2 * KIB);
  expect(peakBytes([x()])).toBe(0);
});

test('a view keeps the memory that it shows, and has none of its own', () => {
  const a = o.neg(x());
  const view = o.reshape(a, [16, 16]);
  expect(peakBytes([o.neg(view)])).toBe(2 * KIB);
});

test('what is written in place costs nothing: an optimizer holds temporaries of one parameter, not new moments of all', () => {
  const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
  const params = names.map((name) => o.param(name, [256]));
  const grads = names.map((name) => o.input(`grad:${name}`, [256]));
  const { updates, gradNorm } = adamw(params, grads, { weightDecay: 0.01, maxNorm: 1 });
  const values = updates.map((u) => u.value);
  expect(peakBytes([gradNorm], values)).toBeLessThan(6 * KIB);
  expect(peakBytes([gradNorm, ...values])).toBeGreaterThan(60 * KIB);
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
    return peakBytes([loss, ...gradients(loss, [w])]);
  };
  const size = 512 * 64 * 4;
  const saved = deep((gate, up) => o.mul(o.silu(gate), up)) - deep(o.swiglu);
  expect(saved).toBe(7 * 2 * size); // the last block is being differentiated at the peak
});
