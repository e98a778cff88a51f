// Against a sorted list of the same lengths.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLengthCounter, roundWidth } from './length-counter.ts';

test('mean, quantiles and counts are those of the list; none before the first', () => {
  expect(createLengthCounter().summary()).toBe(null);
  fc.assert(
    fc.property(fc.array(fc.nat(70_000), { minLength: 1, maxLength: 60 }), (lengths) => {
      const counter = createLengthCounter();
      for (const length of lengths) counter.add(length);
      const sorted = lengths.map((length) => Math.min(length, 65_536)).sort((a, b) => a - b);
      const summary = counter.summary()!;
      expect(summary.median).toBe(sorted[Math.ceil(0.5 * sorted.length) - 1]);
      expect(summary.p95).toBe(sorted[Math.ceil(0.95 * sorted.length) - 1]);
      expect([summary.min, summary.max, summary.n]).toEqual([
        Math.min(...lengths),
        Math.max(...lengths),
        lengths.length,
      ]);
      const bins = counter.histogram(7000, 5);
      expect(bins.map(({ count }) => count)).toEqual(
        [0, 1, 2, 3, 4].map((i) => lengths.filter((length) => Math.min(4, Math.floor(length / 7000)) === i).length),
      );
    }),
    { numRuns: 30 },
  );
});

test('round widths reach the top', () => {
  expect([10, 99, 1000, 1001, 4321].map((top) => roundWidth(top, 10))).toEqual([1, 10, 100, 200, 500]);
});
