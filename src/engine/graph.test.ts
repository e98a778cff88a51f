// The print of a small graph and of its gradient, asserted whole; order and names.
import { expect, test } from 'vitest';
import { gradients } from './grad.ts';
import { printGraph, topologicalOrder } from './graph.ts';
import * as o from './ops.ts';

const x = o.input('x', [4, 3]);
const w = o.param('w', [2, 3]);
const y = o.linear(x, w);
const loss = o.sum(o.mul(y, o.sigmoid(y)));

test('a graph prints one node a line, attributes at their defaults left out', () => {
  expect(printGraph({ loss, y })).toBe(
    `
%0 = input() {name=x} : f32[4,3]
%1 = param() {name=w} : f32[2,3]
%2 = matmul(%0, %1) {transB} : f32[4,2]
%3 = sigmoid(%2) : f32[4,2]
%4 = mul(%2, %3) : f32[4,2]
%5 = sum(%4) {axes=[0,1]} : f32[]
return loss=%5, y=%2`.trim(),
  );
});

test('its gradient prints as the rules say', () => {
  const [dw] = gradients(loss, [w]);
  expect(printGraph({ dw })).toBe(
    `
%0 = constant() {1} : f32[]
%1 = reshape(%0) {shape=[1,1]} : f32[1,1]
%2 = expand(%1) {shape=[4,2]} : f32[4,2]
%3 = input() {name=x} : f32[4,3]
%4 = param() {name=w} : f32[2,3]
%5 = matmul(%3, %4) {transB} : f32[4,2]
%6 = sigmoid(%5) : f32[4,2]
%7 = mul(%2, %6) : f32[4,2]
%8 = mul(%2, %5) : f32[4,2]
%9 = constant() {1} : f32[]
%10 = sub(%9, %6) : f32[4,2]
%11 = mul(%6, %10) : f32[4,2]
%12 = mul(%8, %11) : f32[4,2]
%13 = add(%7, %12) : f32[4,2]
%14 = matmul(%13, %3) {transA} : f32[2,3]
return dw=%14`.trim(),
  );
});

test('attributes, long constants, several outputs', () => {
  const table = o.constant(Float32Array.of(1, 2, 3, 4, 5, 6), [6]);
  const normed = o.rmsNorm(o.slice(o.matmul(x, w, { transB: true, alpha: 0.5 }), 0, 1, 3), o.param('g', [2]), 0.25);
  const ids = o.cast(o.input('ids', [2], 'i64'), 'i32');
  expect(printGraph({ r: o.part(normed, 1), t: o.gather(table, ids) })).toBe(
    `
%0 = input() {name=x} : f32[4,3]
%1 = param() {name=w} : f32[2,3]
%2 = matmul(%0, %1) {transB alpha=0.5} : f32[4,2]
%3 = slice(%2) {axis=0 start=1 end=3} : f32[2,2]
%4 = param() {name=g} : f32[2]
%5 = rmsNorm(%3, %4) {eps=0.25} : f32[2,2], f32[2,1]
%6 = part(%5) {index=1} : f32[2,1]
%7 = constant() {1,2,3,4,…} : f32[6]
%8 = input() {name=ids} : i64[2]
%9 = cast(%8) {to=i32} : i32[2]
%10 = gather(%7, %9) : f32[2]
return r=%6, t=%10`.trim(),
  );
});

test('inputs come before users, each node once, also in a graph as deep as it is shared', () => {
  let h = o.param('h', [2]);
  for (let i = 0; i < 20_000; i++) h = o.add(h, h);
  const order = topologicalOrder([h, h.inputs[0]]);
  const place = new Map(order.map((n, i) => [n, i]));
  expect(order.length).toBe(20_001);
  expect(place.size).toBe(order.length);
  for (const n of order) for (const i of n.inputs) expect(place.get(i)).toBeLessThan(place.get(n) as number);
});
