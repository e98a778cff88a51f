// The parts that count: the vocabulary's bound, fingerprints against true similarities, groups against all pairs, duplicates against sets.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../base/rng.ts';
import { createDuplicateCounter, sharedCount } from './duplicates.ts';
import { fingerprint, SKETCH_WORDS, similarity } from './fingerprint.ts';
import { createNearDuplicates } from './near-duplicates.ts';
import { createReflectionCount } from './reflections.ts';
import { createTally, OTHERS } from './tallies.ts';
import { isContent, textWords } from './text-words.ts';
import { createVocabulary } from './vocabulary.ts';

test('a vocabulary is exact while words fit, and else too low by at most what it says', () => {
  const rng = createRng(3);
  const vocabulary = createVocabulary(200);
  const truth = new Map<string, number>();
  for (let i = 0; i < 60_000; i++) {
    const word = `w${Math.floor(Math.exp(rng.next() * Math.log(5000)))}`;
    truth.set(word, (truth.get(word) ?? 0) + 1);
    vocabulary.add(word);
    if (vocabulary.error === 0) expect(vocabulary.count(word)).toBe(truth.get(word));
  }
  expect(vocabulary.total).toBe(60_000);
  expect(vocabulary.size).toBeLessThanOrEqual(400);
  expect(vocabulary.error).toBeGreaterThan(0);
  expect(vocabulary.error).toBeLessThanOrEqual(60_000 / 200);
  for (const [word, count] of truth) {
    const found = vocabulary.count(word);
    expect(found <= count && count - found <= vocabulary.error, word).toBe(true);
  }
  expect(vocabulary.top(3).map(({ word }) => word)).toEqual(['w1', 'w2', 'w3']);
});

/** Jaccard similarity of the runs of three words. */
function jaccard(a: readonly string[], b: readonly string[]): number {
  const runs = (words: readonly string[]) => new Set(words.slice(2).map((_, i) => words.slice(i, i + 3).join(' ')));
  const [first, second] = [runs(a), runs(b)];
  const both = [...first].filter((run) => second.has(run)).length;
  return both / (first.size + second.size - both);
}

const text = (rng: ReturnType<typeof createRng>, length: number) =>
  Array.from({ length }, () => `w${Math.floor(rng.next() * 2000)}`);

/** With so many of its words changed. */
function changed(rng: ReturnType<typeof createRng>, words: readonly string[], share: number): string[] {
  return words.map((word) => (rng.next() < share ? `x${Math.floor(rng.next() * 2000)}` : word));
}

test('similarities are estimated without bias, within their error', () => {
  const rng = createRng(5);
  for (const share of [0, 0.03, 0.06, 0.12, 0.25]) {
    const errors = Array.from({ length: 60 }, () => {
      const words = text(rng, 250);
      const other = changed(rng, words, share);
      const sketches = new Uint32Array([...fingerprint(words).sketch, ...fingerprint(other).sketch]);
      expect(sketches).toHaveLength(2 * SKETCH_WORDS);
      return similarity(sketches, 0, 1) - jaccard(words, other);
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(Math.abs(mean), `share ${share}`).toBeLessThan(0.035);
    expect(deviation, `share ${share}`).toBeLessThan(0.11);
  }
});

test('near-duplicates: copies and near copies are found in groups, other texts are not', () => {
  const rng = createRng(8);
  const near = createNearDuplicates(0.8);
  const originals = Array.from({ length: 200 }, () => text(rng, 200));
  originals.forEach((words, i) => {
    near.add(words, i + 1);
  });
  for (let i = 0; i < 40; i++) near.add(originals[i], 1001 + i);
  for (let i = 0; i < 20; i++) near.add(changed(rng, originals[i], 0.005), 2001 + i);
  for (let i = 100; i < 150; i++) near.add(changed(rng, originals[i], 0.3), 3001 + i);
  const { compared, redundant, groups } = near.result();
  expect(compared).toBe(310);
  expect(redundant).toBe(60);
  expect(groups[0]).toEqual({ size: 3, lines: [1, 1001, 2001] });
  expect(groups).toHaveLength(10);
});

test('texts of a word or none are no reason to stop', () => {
  const near = createNearDuplicates(0.8);
  [[], ['a'], ['a'], ['b', 'c']].forEach((words, i) => {
    near.add(words, i + 1);
  });
  expect(near.result()).toMatchObject({ redundant: 1, groups: [{ size: 2, lines: [2, 3] }] });
});

test('a text said a thousand times is one group, of which the first are named', () => {
  const near = createNearDuplicates(0.8);
  for (let line = 1; line <= 1000; line++) near.add(['again', 'and', 'again', 'and', 'again'], line);
  const [group] = near.result().groups;
  expect(group).toEqual({ size: 1000, lines: Array.from({ length: 20 }, (_, i) => i + 1) });
});

test('exact duplicates, and what two sets share', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 })), fc.array(fc.string({ maxLength: 2 })), (a, b) => {
      const [first, second] = [createDuplicateCounter(), createDuplicateCounter()];
      for (const each of a) first.add(each);
      for (const each of b) second.add(each);
      expect(first.result()).toEqual({ total: a.length, distinct: new Set(a).size });
      const shared = [...new Set(a)].filter((each) => b.includes(each)).length;
      expect(sharedCount(first.hashes(), second.hashes())).toBe(shared);
    }),
  );
});

test('names beyond those that fit are counted together', () => {
  const tally = createTally(2);
  for (const name of ['a', 'b', 'b', 'c', 'd', 'a', 'b']) tally.add(name);
  expect(tally.result()).toEqual({ b: 3, a: 2, [OTHERS]: 2 });
});

test('phrases that are counted together are no phrase of the page, and every reflection counts all the same', () => {
  const count = createReflectionCount();
  for (let i = 0; i < 2100; i++) count.add(`It moves. Let me look at w${i} again.`);
  for (let i = 0; i < 3; i++) count.add('It moves. Let me look at w0 again.');
  const { texts, reflecting, found, byRule, phrases } = count.result();
  expect([texts, reflecting, found, byRule]).toEqual([2103, 2103, 2103, { again: 2103 }]);
  expect(Object.entries(phrases)[0]).toEqual(['let me look at w0 again', 4]);
  expect(Object.keys(phrases)).not.toContain(OTHERS);
});

test('words: case, apostrophes, digits, Chinese; what a cloud leaves out', () => {
  expect(textWords("It's 3 o’clock — don't STOP, co-op.")).toEqual([
    ...["it's", '3', 'o’clock', "don't", 'stop', 'co', 'op'],
  ]);
  expect(textWords('视频 shows 红色').includes('视频')).toBe(true);
  expect(['the', "don't", 'don’t', '42', 'x', 'video', '红'].filter(isContent)).toEqual(['video', '红']);
});
