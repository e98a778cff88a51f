// Resampling by the compiled loops gives the plain sums, whatever the sizes: rows that are no multiple of what is done at once, a ring that goes round
// many times, one row, one column, sizes that stay. That torchvision gives the same: test/parity.
import { expect, test } from 'vitest';
import { createRng } from '../base/rng.ts';
import { resampleRgb } from './resample.ts';
import { type Weights, weightsFor } from './weights.ts';

type Size = readonly [height: number, width: number];

/** Sums of one dimension in double precision: `at` gives the input's values. */
const summed = (w: Weights, o: number, at: (i: number) => number): number => {
  let sum = 0;
  for (let t = 0; t < w.count[o]; t++) sum += at(w.first[o] + t) * w.real[o * w.taps + t];
  return sum;
};

function plain(data: Uint8Array, [inHeight, inWidth]: Size, [outHeight, outWidth]: Size): Float64Array {
  const [across, down] = [weightsFor(inWidth, outWidth, 'bicubic'), weightsFor(inHeight, outHeight, 'bicubic')];
  const wide = new Float64Array(inHeight * outWidth * 3);
  for (let i = 0; i < wide.length; i++) {
    const [y, x, c] = [Math.floor(i / 3 / outWidth), Math.floor(i / 3) % outWidth, i % 3];
    wide[i] = summed(across, x, (s) => data[(y * inWidth + s) * 3 + c]);
  }
  return Float64Array.from({ length: outHeight * outWidth * 3 }, (_, i) => {
    const row = outWidth * 3;
    return summed(down, Math.floor(i / row), (s) => wide[s * row + (i % row)]);
  });
}

const cases: [Size, Size][] = [
  [
    [37, 53],
    [20, 31],
  ],
  [
    [20, 31],
    [37, 53],
  ],
  [
    [211, 7],
    [5, 7],
  ],
  [
    [9, 301],
    [9, 4],
  ],
  [
    [1, 40],
    [28, 28],
  ],
  [
    [40, 1],
    [28, 28],
  ],
  [
    [1, 1],
    [3, 2],
  ],
  [
    [5, 9000],
    [4, 700],
  ],
  [
    [60, 80],
    [28, 56],
  ],
];

test.each(cases)('%j → %j', (from, to) => {
  const rng = createRng(from[0] * 1000 + to[1]);
  // Black and white beside noise: sums beyond 0 and 255 are clamped.
  const data = Uint8Array.from({ length: from[0] * from[1] * 3 }, () =>
    rng.next() < 0.3 ? 0 : rng.next() < 0.3 ? 255 : Math.floor(rng.next() * 256),
  );
  const exact = plain(data, from, to);
  const out = resampleRgb(data, from, to, 'bicubic', 'torchvision');
  expect(out).toHaveLength(exact.length);
  const worst = exact.reduce((most, sum, i) => Math.max(most, Math.abs(Math.max(0, Math.min(255, sum)) - out[i])), 0);
  expect(worst).toBeLessThanOrEqual(0.5 + 1e-3);
});
