// The filter's counts: rules add up, bins hold every similarity once, and the line of each threshold says what it would keep.
import { expect, test } from 'vitest';
import { filterSchema } from './config.ts';
import type { RuleName } from './names.ts';
import type { FilterVerdict } from './rules.ts';
import { createFilterTally } from './tally.ts';
import { formatFilter } from './text.ts';

const config = filterSchema.parse({});
const verdict = (similarity: number | undefined, ...rules: RuleName[]): FilterVerdict => ({
  kept: rules.length === 0,
  reason: rules[0],
  rules,
  similarity,
});

function counted(...verdicts: FilterVerdict[]) {
  const tally = createFilterTally(config);
  for (const each of verdicts) tally.add(each);
  return tally.counts();
}

test('a chain counts once as rejected, and for every rule that found something', () => {
  const { rules, similarity } = counted(verdict(undefined), verdict(undefined, 'refused', 'wrong-answer'));
  expect(rules.refused).toEqual({ rejected: 1, found: 1 });
  expect(rules['wrong-answer']).toEqual({ rejected: 0, found: 1 });
  expect(Object.values(rules).reduce((sum, rule) => sum + rule.rejected, 0)).toBe(1);
  expect(similarity).toBeNull();
});

test('bins: an edge belongs to the bin above, float noise to the last; empty bins between them stay', () => {
  const { similarity } = counted(
    verdict(1.0000001),
    verdict(0.9),
    verdict(0.9 - 1e-9),
    verdict(0.8123, 'truncated'),
    verdict(0.75, 'low-similarity'),
  );
  expect(similarity).toMatchObject({ chains: 5, threshold: 0.8, min: 0.75, max: 1, mean: 0.8725 });
  expect(similarity?.bins.map(({ from, chains, sound }) => [from, chains, sound])).toEqual([
    [0.75, 1, 1],
    [0.775, 0, 0],
    [0.8, 1, 0],
    [0.825, 0, 0],
    [0.85, 0, 0],
    [0.875, 0, 0],
    [0.9, 2, 2],
    [0.925, 0, 0],
    [0.95, 0, 0],
    [0.975, 1, 1],
  ]);
});

test('cosines below zero have bins too', () => {
  expect(counted(verdict(-1, 'low-similarity')).similarity?.bins).toEqual([
    { from: -1, to: -0.975, chains: 1, sound: 1 },
  ]);
});

test('in the terminal: rules that found something, the histogram, what each threshold would keep, the one that is set', () => {
  const lines = formatFilter(
    counted(verdict(0.95), verdict(0.96), verdict(0.85), verdict(0.7, 'low-similarity'), verdict(0.81, 'repetitive')),
  );
  expect(lines[0]).toBe('filter: repetitive 1, low-similarity 1');
  expect(lines[1]).toContain('similarity of 5 open-ended answers to their references: 0.7 to 0.96');
  const kept = Object.fromEntries(
    lines.slice(3).map((line) => [line.trim().split(/\s+/)[0], Number(/(\d+)(?: ←.*)?$/.exec(line)?.[1])]),
  );
  expect(kept).toMatchObject({ '0.700': 4, '0.725': 3, '0.800': 3, '0.850': 3, '0.875': 2, '0.950': 2 });
  expect(lines.filter((line) => line.includes('←'))).toEqual([expect.stringMatching(/^ +0\.800 .* ← minSimilarity$/)]);
  expect(formatFilter(counted(verdict(undefined)))).toEqual([]);
});
