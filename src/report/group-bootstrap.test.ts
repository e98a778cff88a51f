// Intervals of groups against closed forms: bounds, coverage of a known truth, and what cannot be compared.
import { describe, expect, it } from 'vitest';
import { createRng } from '../base/rng.ts';
import { groupDifference, meanOfGroups } from './group-bootstrap.ts';

const rowsOf = (a: readonly number[], b: readonly number[]) => [
  ...a.map((value, i) => ({ cluster: `${i}`, group: 'a', value })),
  ...b.map((value, i) => ({ cluster: `${i}`, group: 'b', value })),
];

describe('mean of groups', () => {
  it('counts each group alike, and stays within the values where groups are uneven', () => {
    const interval = meanOfGroups(rowsOf([1], [0, 0.2, 0, 0, 1]))!;
    expect(interval.estimate).toBeCloseTo((1 + 0.24) / 2, 12);
    expect([interval.low >= 0, interval.high <= 1]).toEqual([true, true]);
  });

  it('is the plain mean of one group', () => {
    expect(meanOfGroups(rowsOf([1, 0, 0, 1], []))?.estimate).toBe(0.5);
  });

  it('needs two clusters', () => {
    expect(meanOfGroups([{ cluster: 'x', group: 'a', value: 1 }])).toBeUndefined();
  });
});

describe('difference of groups', () => {
  it('of independent clusters has the width that the normal approximation gives', () => {
    const rng = createRng(3);
    const draw = (p: number, offset: number) =>
      Array.from({ length: 600 }, (_, i) => ({
        cluster: `${offset + i}`,
        group: offset === 0 ? 'a' : 'b',
        value: rng.next() < p ? 1 : 0,
      }));
    const { estimate, low, high } = groupDifference([...draw(0.6, 0), ...draw(0.4, 1000)], 'a', 'b')!;
    expect([low < 0.2, high > 0.2]).toEqual([true, true]);
    expect(high - low).toBeCloseTo(2 * 1.96 * Math.sqrt((2 * 0.24) / 600), 2);
    expect(Math.abs(estimate - (low + high) / 2)).toBeLessThan(0.01);
  });

  it('of equal values has no width; of a group without rows there is none', () => {
    expect(groupDifference(rowsOf([1, 1, 1], [0, 0, 0]), 'a', 'b')).toMatchObject({ estimate: 1, low: 1, high: 1 });
    expect(groupDifference(rowsOf([1, 1], []), 'a', 'b')).toBeUndefined();
  });
});
