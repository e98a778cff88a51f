// pass@j against counting all subsets, majorities by hand, parts of questions, and what errors do.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Question } from './question.ts';
import type { EvaluatedRow } from './row.ts';
import { majorityScore, passAt, severalOf } from './several.ts';
import { parseShard, shardOf } from './shard.ts';

/** Share of the subsets of j among n answers, c of them right, that hold a right one: counted one by one. */
function counted(n: number, c: number, j: number): number {
  let [all, hit] = [0, 0];
  for (let set = 0; set < 1 << n; set++) {
    const bits = Array.from({ length: n }, (_, i) => (set >> i) & 1);
    if (bits.reduce((a, b) => a + b, 0) !== j) continue;
    all++;
    if (bits.slice(0, c).includes(1)) hit++;
  }
  return hit / all;
}

describe('pass@j', () => {
  test('is the share of all subsets, up to ten answers', () => {
    for (let n = 1; n <= 10; n++)
      for (let c = 0; c <= n; c++)
        for (let j = 1; j <= n; j++) expect(passAt(n, c, j)).toBeCloseTo(counted(n, c, j), 12);
  });

  test('large numbers: stays in [0, 1], grows with c and j', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5000 }), fc.nat(), fc.nat(), (n, a, b) => {
        const [c, j] = [a % n, 1 + (b % (n - 1))];
        const p = passAt(n, c, j);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(passAt(n, c + 1, j)).toBeGreaterThanOrEqual(p - 1e-12);
        expect(passAt(n, c, j + 1)).toBeGreaterThanOrEqual(p - 1e-12);
      }),
    );
  });
});

test.each<[string, (string | null)[], string]>([
  ['the most frequent', ['A', 'B', 'B'], 'B'],
  ['the first of equally many', ['C', 'A', 'A', 'C'], 'C'],
  ['numbers by value', ['2', '3', '3.0', '3.00'], '3'],
  ['words by their letters', ['Cat', 'dog', ' cat'], 'Cat'],
  ['answers that could not be read have no vote', [null, null, 'D'], 'D'],
])('majority: %s', (_, extracted, winner) => {
  const rows = extracted.map((answer) => ({ extracted: answer, score: answer === winner ? 1 : 0 }));
  expect(majorityScore(rows)).toBe(1);
});

test('nothing read at all is no majority', () => {
  expect(majorityScore([{ extracted: null, score: 1 }])).toBe(0);
});

const row = (question: string, sample: number, extracted: string, error: string | null = null) =>
  ({
    id: sample === 1 ? question : `${question}#${sample}`,
    question,
    sample,
    path: `${question}.mp4`,
    extracted,
    score: extracted === 'B' ? 1 : 0,
    outcome: error ? 'error' : extracted === 'B' ? 'right' : 'wrong',
    error,
  }) as EvaluatedRow;

test('over questions: errors count as not given; a question of errors alone is in no score', () => {
  const rows = [
    ...[row('one', 1, 'A'), row('one', 2, 'B'), row('one', 3, 'B')],
    ...[row('two', 1, 'A'), row('two', 2, 'A'), row('two', 3, 'B', 'llm-failed: x')],
    ...[1, 2, 3].map((sample) => row('three', sample, 'B', 'media-missing: x')),
  ];
  const several = severalOf(rows);
  expect(several).toMatchObject({ k: 3, questions: 2, errors: 1 });
  expect(several?.mean.estimate).toBeCloseTo(1 / 3);
  expect(several?.majority.estimate).toBe(0.5);
  expect(several?.pass.map(({ of, questions }) => [of, questions])).toEqual([
    [1, 2],
    [2, 2],
    [3, 1],
  ]);
  expect(several?.pass.map(({ interval }) => interval.estimate)).toEqual([expect.closeTo(1 / 3), 0.5, 1]);
  expect(severalOf(rows.filter(({ sample }) => sample === 1))).toBeUndefined();
});

describe('shards', () => {
  const questions = Array.from(
    { length: 97 },
    (_, i) => ({ problem_id: i, path: `${i % 13}.mp4` }) as unknown as Question,
  );

  test('every question in one part, whole videos, nearly even, the order kept, whatever the order of the file', () => {
    for (const of of [1, 2, 5, 8]) {
      const parts = Array.from({ length: of }, (_, i) => shardOf(questions, { index: i + 1, of }));
      expect(
        parts
          .flat()
          .map(({ problem_id }) => problem_id)
          .sort(),
      ).toEqual(questions.map((q) => q.problem_id).sort());
      const paths = parts.map((part) => new Set(part.map(({ path }) => path)));
      expect(paths.reduce((sum, { size }) => sum + size, 0)).toBe(13);
      const sizes = parts.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(8);
      for (const part of parts) expect(part).toEqual(questions.filter((q) => part.includes(q)));
      const reversed = shardOf([...questions].reverse(), { index: 1, of });
      expect(new Set(reversed)).toEqual(new Set(parts[0]));
    }
  });

  test('more parts than videos: some are empty', () => {
    expect(shardOf(questions.slice(0, 2), { index: 3, of: 3 })).toEqual([]);
  });

  test.each(['0/2', '3/2', '1/0', 'x/2', '1.5/2'])('%s is none', (text) => {
    expect(() => parseShard(text)).toThrow(/there is no shard/);
  });
});
