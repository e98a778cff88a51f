// Statistics against published values, closed forms and independent formulas.
import { describe, expect, it } from 'vitest';
import { createRng } from '../base/rng.ts';
import { accuracyInterval, clusterBootstrap, pairedBootstrap } from './bootstrap.ts';
import {
  histogram,
  mean,
  normalQuantile,
  percentile,
  smooth,
  standardDeviation,
  wilsonInterval,
} from './statistics.ts';

describe('closed forms', () => {
  it('mean, unbiased deviation and NumPy percentiles', () => {
    expect(mean([1, 2, 3, 6])).toBe(3);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(percentile([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 12);
    expect(percentile([3, 1, 2], 1)).toBe(3);
    expect(() => mean([])).toThrowError(/no numbers/);
  });

  it('normal quantiles from the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 8);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 8);
    expect(normalQuantile(0.9999)).toBeCloseTo(3.719016485455709, 7);
    expect(normalQuantile(0.01)).toBeCloseTo(-2.326347874040841, 8);
  });

  it('Wilson intervals as published (Newcombe 1998, table I)', () => {
    const published: readonly (readonly [number, number, number, number])[] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [successes, n, low, high] of published) {
      const interval = wilsonInterval(successes, n);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
    expect(() => wilsonInterval(3, 2)).toThrowError();
  });

  it('histogram counts add up, right edge included, outliers kept', () => {
    const bins = histogram([0, 0.1, 0.5, 0.99, 1, 7, -3], 4, [0, 1]);
    expect(bins.map((bin) => bin.count)).toEqual([3, 0, 1, 3]);
    expect(bins[2]).toMatchObject({ from: 0.5, to: 0.75 });
    expect(histogram([2, 2], 3).reduce((sum, bin) => sum + bin.count, 0)).toBe(2);
  });

  it('smoothing keeps a straight line and flattens a spike', () => {
    const line = [1, 2, 3, 4, 5, 6, 7];
    smooth(line, 5).forEach((value, i) => {
      expect(value).toBeCloseTo(line[i], 12);
    });
    expect(smooth([0, 0, 9, 0, 0], 3)).toEqual([0, 3, 3, 3, 0]);
    expect(smooth([0, 0, 0, 0, 9], 5)[4]).toBeCloseTo(7.5, 12); // least squares through (2, 0), (3, 0), (4, 9)
    expect(smooth([5], 9)).toEqual([5]);
  });
});

describe('bootstrap', () => {
  it('with one row a cluster approaches the normal interval of a mean', () => {
    const rng = createRng(7);
    const rows = Array.from({ length: 400 }, (_, i) => ({ cluster: `v${i}`, value: rng.next() < 0.6 ? 1 : 0 }));
    const interval = clusterBootstrap(rows, { resamples: 8000 });
    const p = mean(rows.map((row) => row.value));
    const half = 1.96 * Math.sqrt((p * (1 - p)) / rows.length);
    expect(interval.estimate).toBeCloseTo(p, 12);
    expect(Math.abs(interval.low - (p - half))).toBeLessThan(0.005);
    expect(Math.abs(interval.high - (p + half))).toBeLessThan(0.005);
  });

  it('identical rows within a video widen the interval by the square root of their number', () => {
    const rng = createRng(8);
    const values = Array.from({ length: 300 }, () => (rng.next() < 0.5 ? 1 : 0));
    const single = clusterBootstrap(values.map((value, i) => ({ cluster: `v${i}`, value })));
    const copies = values.flatMap((value, i) => Array.from({ length: 4 }, () => ({ cluster: `v${i}`, value })));
    const clustered = clusterBootstrap(copies);
    const naive = clusterBootstrap(copies.map(({ value }, i) => ({ cluster: `row${i}`, value })));
    const width = (x: { low: number; high: number }) => x.high - x.low;
    expect(width(clustered)).toBeCloseTo(width(single), 8);
    expect(width(clustered) / width(naive)).toBeGreaterThan(1.8);
    expect(width(clustered) / width(naive)).toBeLessThan(2.2);
  });

  it('covers the true mean about 95 times in 100', () => {
    const rng = createRng(9);
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const rows = Array.from({ length: 80 }, (_, i) => ({ cluster: `v${i >> 1}`, value: rng.next() < 0.3 ? 1 : 0 }));
      const { low, high } = clusterBootstrap(rows, { resamples: 400, seed: trial });
      if (low <= 0.3 && high >= 0.3) covered++;
    }
    expect(covered).toBeGreaterThan(178);
    expect(covered).toBeLessThan(199);
  });

  it('is seeded and does not depend on the order of the rows', () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ cluster: `v${i % 17}`, value: ((i * 7919) % 101) / 101 }));
    expect(clusterBootstrap(rows, { seed: 3 })).toEqual(clusterBootstrap([...rows].reverse(), { seed: 3 }));
    expect(clusterBootstrap(rows, { seed: 4 })).not.toEqual(clusterBootstrap(rows, { seed: 3 }));
  });

  it('does not pretend certainty when every answer is right', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ cluster: `v${i >> 1}`, value: 1 }));
    expect(clusterBootstrap(rows).low).toBe(1);
    expect(accuracyInterval(rows)).toMatchObject({ estimate: 1, low: wilsonInterval(20, 20).low, n: 40 });
    const ofOne = [0, 1, 1, 1].map((value) => ({ cluster: 'v', value }));
    expect(accuracyInterval(ofOne)).toMatchObject({ estimate: 0.75, low: 0, high: 1, n: 4 });
  });
});

describe('paired difference', () => {
  const rng = createRng(11);
  const hard = Array.from({ length: 400 }, () => rng.next());
  const scores = (ability: number) =>
    hard.map((difficulty, i) => ({ key: `q${i}`, cluster: `v${i >> 1}`, value: ability > difficulty ? 1 : 0 }));

  it('equals the difference of means and is tighter than two separate intervals', () => {
    const [before, after] = [scores(0.5), scores(0.56)];
    const paired = pairedBootstrap(after, [...before].reverse());
    const [a, b] = [clusterBootstrap(after), clusterBootstrap(before)];
    expect(paired.estimate).toBeCloseTo(a.estimate - b.estimate, 12);
    expect(paired.low).toBeGreaterThan(0);
    expect(a.low - b.high).toBeLessThan(0);
  });

  it('is exactly 0 between a model and itself', () => {
    expect(pairedBootstrap(scores(0.5), scores(0.5))).toMatchObject({ estimate: 0, low: 0, high: 0 });
  });

  it('refuses different or repeated questions', () => {
    const rows = scores(0.5);
    expect(() => pairedBootstrap(rows, rows.slice(1))).toThrowError(/same questions/);
    expect(() => pairedBootstrap([...rows, rows[0]], [...rows, rows[0]])).toThrowError(/each question once/);
  });
});
