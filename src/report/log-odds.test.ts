// Against the formula's own arithmetic, done elsewhere (Python), and by what must hold for any counts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distinctiveWords } from './log-odds.ts';

const counts = (of: Readonly<Record<string, number>>) => ({
  total: Object.values(of).reduce((sum, n) => sum + n, 0),
  count: (word: string) => of[word] ?? 0,
});

test('z of four words, to twelve digits', () => {
  const a = counts({ video: 30, first: 12, the: 100 });
  const b = counts({ video: 4, diagram: 25, the: 90 });
  const found = distinctiveWords(a, b, ['video', 'first', 'diagram', 'the', 'absent'], 1000);
  const expected = {
    video: 1.5390733288598308,
    first: 1.1226768173872348,
    diagram: -2.038260481059366,
    the: -0.6111222495803084,
  };
  expect(found.map(({ word }) => word)).toEqual(['video', 'first', 'the', 'diagram']);
  for (const { word, z } of found) expect(z).toBeCloseTo(expected[word as keyof typeof expected], 12);
  expect(found[0]).toMatchObject({ first: (1e6 * 30) / 142, second: (1e6 * 4) / 119 });
});

test('exchanged sets change the sign; equal shares are near 0', () => {
  const words = fc.record({ a: fc.nat(1000), b: fc.nat(1000), c: fc.integer({ min: 1, max: 1000 }) });
  fc.assert(
    fc.property(words, words, (first, second) => {
      const there = distinctiveWords(counts(first), counts(second), ['a', 'b', 'c']);
      const back = distinctiveWords(counts(second), counts(first), ['a', 'b', 'c']);
      for (const { word, z } of there) expect(back.find((other) => other.word === word)!.z).toBeCloseTo(-z, 9);
    }),
  );
  const twice = distinctiveWords(counts({ a: 10, b: 90 }), counts({ a: 20, b: 180 }), ['a', 'b']);
  for (const { z } of twice) expect(Math.abs(z)).toBeLessThan(0.3);
});
