// Advantages, token weights and statistics, worked by hand. The loss itself: test/backend-losses.test.ts.
import { describe, expect, test } from 'vitest';
import { groupAdvantages, policyStatistics, sequenceMeanWeights, tokenMeanWeights } from './objective.ts';

describe('advantages (Eq. 3)', () => {
  test('worked by hand', () => {
    // mean 1.5, squares 2.25 + 0.25 + 0.25 + 2.25 = 5
    const unbiased = groupAdvantages([0, 1, 2, 3]);
    const s = Math.sqrt(5 / 3) + 1e-4;
    [-1.5, -0.5, 0.5, 1.5].forEach((d, i) => {
      expect(unbiased[i]).toBeCloseTo(d / s, 12);
    });
    expect(groupAdvantages([0, 1, 2, 3], { std: 'biased' })[3]).toBeCloseTo(1.5 / (Math.sqrt(5 / 4) + 1e-4), 12);
    expect(groupAdvantages([0, 1, 2, 3], { eps: 1 })[3]).toBeCloseTo(1.5 / (Math.sqrt(5 / 3) + 1), 12);
  });

  test('a group without variance has none, also where the mean is not exact in binary', () => {
    for (const r of [0, 1, 0.1, 0.7]) expect(groupAdvantages(new Array(8).fill(r))).toEqual(new Array(8).fill(0));
    expect(groupAdvantages([1.3])).toEqual([0]);
    expect(groupAdvantages([])).toEqual([]);
  });

  test('they sum to 0, do not depend on a shift, and keep the order', () => {
    const rewards = [2.1, 0.4, 1, 2.9, 0, 1];
    const a = groupAdvantages(rewards);
    expect(a.reduce((x, y) => x + y, 0)).toBeCloseTo(0, 12);
    groupAdvantages(rewards.map((r) => r + 5)).forEach((x, i) => {
      expect(x).toBeCloseTo(a[i], 9);
    });
    expect([...a.keys()].sort((i, j) => a[i] - a[j])).toEqual(
      [...rewards.keys()].sort((i, j) => rewards[i] - rewards[j]),
    );
  });
});

describe('token weights', () => {
  test('of Eq. 4: every sequence counts alike, every token of it alike', () => {
    const weights = sequenceMeanWeights([1, 4, 2]);
    expect(weights.map((row) => row.length)).toEqual([1, 4, 2]);
    for (const row of weights) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1 / 3, 6);
    expect(new Set(weights[1]).size).toBe(1);
  });

  test('of cross entropy: every token of the batch counts alike', () => {
    const weights = tokenMeanWeights([1, 4, 3]);
    expect(new Set(weights.flatMap((row) => [...row]))).toEqual(new Set([0.125]));
  });
});

describe('statistics', () => {
  const clip = { clipLow: 0.2, clipHigh: 0.3 };
  const row = (...values: number[]) => Float32Array.from(values);

  test('clip fraction counts tokens whose clipped branch is the smaller one', () => {
    const old = [row(0, 0, 0, 0), row(0, 0)];
    const now = [row(Math.log(1.31), Math.log(1.29), Math.log(0.5), 0), row(Math.log(0.79), Math.log(1.5))];
    expect(policyStatistics(now, { old, ref: now, sampled: old }, [1, -1], clip).clipFraction).toBeCloseTo(2 / 6, 12);
    expect(policyStatistics(now, { old, ref: now, sampled: old }, [0, 0], clip).clipFraction).toBe(0);
  });

  test('KL and gap', () => {
    const one = [row(-1, -2)];
    const same = policyStatistics(one, { old: one, ref: one, sampled: one }, [1], clip);
    expect(same).toEqual({ kl: 0, clipFraction: 0, logprobGap: 0, logprobGapMean: 0 });
    const others = { old: one, ref: [row(-1, -1)], sampled: [row(-1.5, -2)] };
    const apart = policyStatistics(one, others, [0], clip);
    expect(apart.kl).toBeCloseTo((Math.E - 2) / 2, 6);
    expect([apart.logprobGap, apart.logprobGapMean]).toEqual([0.5, 0.25]);
    expect(policyStatistics([], { old: [], ref: [], sampled: [] }, [], clip)).toEqual({
      kl: 0,
      clipFraction: 0,
      logprobGap: 0,
      logprobGapMean: 0,
    });
  });
});
