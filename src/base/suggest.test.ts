// Edit distance against a recursive definition, and the limits of a suggestion.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, suggest } from './suggest.ts';

/** The textbook recursion of the optimal string alignment distance, exponential but obviously right. */
function slow(a: string, b: string): number {
  if (!a || !b) return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const best = Math.min(slow(restA, b) + 1, slow(a, restB) + 1, slow(restA, restB) + (a[0] === b[0] ? 0 : 1));
  const swapped = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  return swapped ? Math.min(best, slow(a.slice(2), b.slice(2)) + 1) : best;
}

test('distance equals the recursion (property)', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
  const holds = fc.property(word, word, (a, b) => editDistance(a, b) === slow(a, b));
  fc.assert(holds, { numRuns: 200 });
});

test('suggests what is near, and nothing otherwise', () => {
  const names = ['speedrun', 'curate', 'evaluate'];
  expect(suggest('speedrn', names)).toBe('speedrun');
  expect(suggest('EVALAUTE', names)).toBe('evaluate');
  expect(suggest('eval', names)).toBe('evaluate');
  expect(suggest('train', names)).toBeUndefined();
  expect(suggest('x', [])).toBeUndefined();
});
