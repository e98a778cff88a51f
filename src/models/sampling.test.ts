// Draws of one token against the distribution enumerated by hand: sort, cut, renormalize.
import { describe, expect, test } from 'vitest';
import { createRng, type Rng } from '../base/rng.ts';
import { type DrawOptions, drawToken, forbiddenMask, largest } from './sampling.ts';

/** Over the longest row below. */
const forbid = (...tokens: number[]) => forbiddenMask(tokens, 300);
const plain: DrawOptions = { greedy: false, topP: 1, topK: 0, forbidden: forbid() };

function logSoftmax(logits: readonly number[]): Float32Array {
  const top = Math.max(...logits);
  const sum = logits.reduce((s, x) => s + Math.exp(x - top), 0);
  return Float32Array.from(logits, (x) => x - top - Math.log(sum));
}

/** The exact distribution of a draw, enumerated: sort, cut, renormalize. */
function exact(row: Float32Array, { topP, topK, forbidden }: DrawOptions): number[] {
  const allowed = [...row.keys()].filter((i) => !forbidden[i]).sort((a, b) => row[b] - row[a] || a - b);
  const mass = allowed.reduce((s, i) => s + Math.exp(row[i]), 0);
  const kept: number[] = [];
  let sum = 0;
  for (const i of allowed) {
    if (kept.length > 0 && (sum >= topP * mass || (topK > 0 && kept.length === topK))) break;
    kept.push(i);
    sum += Math.exp(row[i]);
  }
  return [...row.keys()].map((i) => (kept.includes(i) ? Math.exp(row[i]) / sum : 0));
}

const rows = {
  peaked: logSoftmax(Array.from({ length: 40 }, (_, i) => 4 * Math.sin(7 * i))),
  flat: logSoftmax(Array.from({ length: 40 }, (_, i) => 0.1 * Math.sin(7 * i))),
  'long tail': logSoftmax(Array.from({ length: 300 }, (_, i) => (i < 3 ? 6 - i : 0.3 * Math.sin(i)))),
};
const settings: Record<string, DrawOptions> = {
  plain,
  forbidden: { ...plain, forbidden: forbid(0, 3, 7, 39) },
  'top-p 0.9': { ...plain, topP: 0.9 },
  'top-p 0.5': { ...plain, topP: 0.5 },
  'top-k 5': { ...plain, topK: 5 },
  'top-k 5, top-p 0.7': { ...plain, topK: 5, topP: 0.7 },
  'top-p 0.9, the likeliest forbidden': { ...plain, topP: 0.9, forbidden: forbid(0, 1, 2) },
};

describe.each(Object.entries(rows))('%s distribution', (_, row) => {
  test.each(Object.entries(settings))('%s: frequencies are the enumerated probabilities', (_, options) => {
    const n = 8_000;
    const want = exact(row, options);
    const counts = new Array<number>(row.length).fill(0);
    const rng = createRng(11);
    for (let i = 0; i < n; i++) counts[drawToken(row, options, rng)]++;
    let [seen, expected] = [0, 0];
    for (let i = 0; i < row.length; i++) {
      if (want[i] === 0) expect(counts[i], `token ${i}`).toBe(0);
      seen += counts[i] / n;
      expected += want[i];
      expect(Math.abs(seen - expected)).toBeLessThan(2 / Math.sqrt(n)); // 4 standard deviations at one half
    }
  });

  test('the nucleus is exact at its edges', () => {
    // A uniform number just below 1 draws the last token that is kept.
    const last: Rng = { ...createRng(1), next: () => 1 - 2 ** -32 };
    for (let topP = 0.02; topP < 1; topP += 0.02) {
      const options = { ...plain, topP };
      const want = exact(row, options);
      const least = Math.min(...want.filter((p) => p > 0));
      expect(want[drawToken(row, options, last)], `top-p ${topP}`).toBe(least);
    }
  });

  test('greedy takes the first of the likeliest allowed tokens', () => {
    const forbidden = forbid(row.indexOf(Math.max(...row)));
    const rest = row.map((x, i) => (forbidden[i] ? Number.NEGATIVE_INFINITY : x));
    const token = drawToken(row, { ...plain, greedy: true, forbidden }, createRng(1));
    expect(token).toBe(rest.indexOf(Math.max(...rest)));
  });
});

test('a forbidden token with nearly all of the probability leaves an exact rest', () => {
  const forbidden = forbid(1);
  for (const gap of [20, 60, 90, 2000]) {
    const row = logSoftmax([-gap, 0, Math.log(3) - gap]);
    for (const options of [plain, { ...plain, topP: 0.9 }, { ...plain, topP: 0.001 }, { ...plain, topK: 2 }]) {
      const rng = createRng(5);
      const draws = Array.from({ length: 400 }, () => drawToken(row, { ...options, forbidden }, rng));
      const share = draws.filter((t) => t === 2).length / draws.length;
      expect(draws).not.toContain(1);
      expect(share).toBeCloseTo(options.topP < 0.1 ? 1 : 0.75, 1);
    }
  }
});

test('where rounding leaves a rest, the likeliest token is drawn, not the last', () => {
  const row = logSoftmax([0, 9, 0, -40]);
  const beyond: Rng = { ...createRng(1), next: () => 1 + 1e-12 };
  expect(drawToken(row, plain, beyond)).toBe(1);
  expect(drawToken(row, { ...plain, topP: 0.99999 }, beyond)).toBe(1);
});

test('impossible tokens are never drawn, also at the ends of the interval', () => {
  const row = Float32Array.of(
    Number.NEGATIVE_INFINITY,
    -0.7,
    Number.NEGATIVE_INFINITY,
    -0.69,
    Number.NEGATIVE_INFINITY,
  );
  for (const next of [0, 0.5, 1 - 2 ** -32])
    for (const options of Object.values(settings).slice(2, 6))
      expect([1, 3]).toContain(drawToken(row, options, { ...createRng(1), next: () => next }));
  for (const next of [0, 0.5, 1 - 2 ** -32])
    expect([1, 3]).toContain(drawToken(row, plain, { ...createRng(1), next: () => next }));
});

test.each(Object.entries(rows))('%s: a temperature in the draw is one in the logits', (_, row) => {
  for (const temperature of [0.3, 0.9, 1.7]) {
    const warmed = logSoftmax([...row].map((x) => x / temperature));
    for (const options of Object.values(settings)) {
      const [a, b] = [createRng(2), createRng(2)];
      const draws = Array.from({ length: 500 }, () => [
        drawToken(row, { ...options, temperature }, a),
        drawToken(warmed, options, b),
      ]);
      // Both are rounded to single precision: equally likely tokens may change places, and a draw right at an edge may fall to either side.
      const other = draws.filter(([x, y]) => Math.abs(row[x] - row[y]) > 1e-5);
      expect(other.length).toBeLessThanOrEqual(1);
    }
  }
});

test('the largest are those that sorting finds, ties by id, forbidden ones left out', () => {
  const row = Float32Array.from({ length: 200 }, (_, i) => Math.round(5 * Math.sin(3 * i)));
  for (const forbidden of [undefined, forbid(0, 5, 17, 80)]) {
    const sorted = [...row.keys()].filter((i) => !forbidden?.[i]).sort((a, b) => row[b] - row[a] || a - b);
    for (const k of [1, 2, 7, 50, 300]) expect(largest(row, k, forbidden)).toEqual(sorted.slice(0, k));
  }
});
