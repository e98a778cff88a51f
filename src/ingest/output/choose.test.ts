// How many each source gives: for any sizes and weights the shares hold as far as there are samples, and nothing is taken twice.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosen, quotas } from './choose.ts';

const part = (available: number, weight?: number) => ({ name: `p${available}`, available, weight });
const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

test.each([
  ['nothing asked: all', [part(5), part(3)], undefined, [5, 3]],
  ['a count without weights: by size', [part(60), part(30)], 9, [6, 3]],
  ['weights without a count: exact shares', [part(100, 1), part(10, 2)], undefined, [5, 10]],
  ['an empty source does not bind the others', [part(0, 1), part(10, 1), part(4, 1)], undefined, [0, 4, 4]],
  ['too small: the others give the rest', [part(2, 1), part(50, 1), part(50, 2)], 33, [2, 10, 21]],
  ['a weight left out is 1', [part(10, 3), part(10)], 8, [6, 2]],
  ['more than there is: all', [part(2, 1), part(3, 9)], 99, [2, 3]],
  ['nothing there', [part(0, 1)], 5, [0]],
] as const)('%s', (_, parts, count, expected) => {
  expect(quotas(parts, count)).toEqual(expected);
});

const parts = fc.array(
  fc.record({
    name: fc.string(),
    available: fc.nat(300),
    weight: fc.option(fc.double({ min: 0.01, max: 50, noNaN: true }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

test('any parts: the count is reached where it can be, no part gives more than it has, draws are as many as their quota', () => {
  fc.assert(
    fc.property(
      parts,
      fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
      fc.nat(),
      (sources, count, seed) => {
        const shares = quotas(sources, count);
        expect(shares.every((share, i) => Number.isInteger(share) && share >= 0 && share <= sources[i].available)).toBe(
          true,
        );
        if (count !== undefined)
          expect(sum(shares)).toBe(Math.min(count, sum(sources.map(({ available }) => available))));
        const draws = sources.map((source, i) => chosen(source, shares[i], seed));
        expect(draws.map((draw) => sum([...draw]))).toEqual(shares);
      },
    ),
  );
});
