// No two words touch, all stay inside, larger counts are larger, and every word is set to the width of its box.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CloudWord, type PlacedWord, placeWords, wordCloudSvg } from './word-cloud.ts';

const overlap = (a: PlacedWord, b: PlacedWord) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const clouds = fc.uniqueArray(
  fc.record({ word: fc.string({ minLength: 1, maxLength: 14 }), count: fc.integer({ min: 1, max: 5000 }) }),
  { minLength: 1, maxLength: 60, selector: ({ word }) => word },
);

test('any words: inside, apart, sized by count, the same again', () => {
  fc.assert(
    fc.property(clouds, (words: CloudWord[]) => {
      const placed = placeWords(words, { width: 400, height: 240 });
      expect(placed).toEqual(placeWords(words.toReversed(), { width: 400, height: 240 }));
      placed.forEach((a, i) => {
        expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= 400 && a.y + a.height <= 240).toBe(true);
        for (const b of placed.slice(i + 1)) {
          expect(overlap(a, b), `${a.word} and ${b.word}`).toBe(false);
          expect(a.size).toBeGreaterThanOrEqual(b.size);
        }
      });
    }),
    { numRuns: 25 },
  );
});

test('ninety ordinary words all find a place', () => {
  const words = Array.from({ length: 90 }, (_, i) => ({ word: `word${i}`, count: Math.round(1000 / (i + 1)) + 5 }));
  expect(placeWords(words, { width: 490, height: 330 })).toHaveLength(90);
});

test('markup in a word stays text, and its width is fixed', () => {
  const svg = wordCloudSvg([{ word: '<b>&', count: 3 }]);
  expect(svg).toContain('&lt;b&gt;&amp;: 3</title>&lt;b&gt;&amp;</text>');
  expect(svg).toMatch(/textLength="[\d.]+" lengthAdjust="spacingAndGlyphs"/);
});
