// Copies of cache rows against their definition, element by element.
import { expect, test } from 'vitest';
import { f32 } from '../engine/index.ts';
import { appendTokens, copyRows, createCache } from './cache.ts';

const shape = { layers: 2, kvHeads: 3, headDim: 4 };

test('rows are copied to where they are asked for, in caches of another capacity, and nothing behind their length', () => {
  const source = createCache(shape, 3, 8);
  Object.values(source.feeds).forEach((b, n) => {
    for (let i = 0; i < b.data.length; i++) b.data[i] = 1000 * n + i + 1;
  });
  const target = createCache(shape, 4, 6);
  const copies = [
    { from: 2, to: 0, length: 5 },
    { from: 0, to: 3, length: 3 },
    { from: 2, to: 1, length: 1 },
  ];
  copyRows(source, target, copies);
  expect(Object.keys(target.feeds)).toEqual(['k0', 'v0', 'k1', 'v1']);
  for (const [name, b] of Object.entries(target.feeds)) {
    for (let r = 0; r < 4; r++)
      for (let h = 0; h < 3; h++)
        for (let t = 0; t < 6; t++)
          for (let d = 0; d < 4; d++) {
            const copy = copies.find(({ to, length }) => to === r && t < length);
            const want = copy ? source.feeds[name].data[((copy.from * 3 + h) * 8 + t) * 4 + d] : 0;
            expect(b.data[((r * 3 + h) * 6 + t) * 4 + d]).toBe(want);
          }
  }
});

test("a token is written at its row's own place, and nothing else is touched", () => {
  const cache = createCache(shape, 2, 5);
  const token = (base: number) =>
    f32(
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => base + i + 1),
      [2, 3, 4],
    );
  const tokens = { 'k0:new': token(0), 'v0:new': token(100), 'k1:new': token(200), 'v1:new': token(300) };
  const slots = [4, 1];
  appendTokens(cache, tokens, slots);
  Object.values(cache.feeds).forEach((b, n) => {
    for (let r = 0; r < 2; r++)
      for (let h = 0; h < 3; h++)
        for (let t = 0; t < 5; t++)
          for (let d = 0; d < 4; d++) {
            const want = t === slots[r] ? 100 * n + (r * 3 + h) * 4 + d + 1 : 0;
            expect(b.data[((r * 3 + h) * 5 + t) * 4 + d]).toBe(want);
          }
  });
});
