// Batches: every sample once an epoch, each step a function of seed and number alone.
import { expect, test } from 'vitest';
import { batchIndices } from './order.ts';

const all = (count: number, size: number, steps: number, seed: number) =>
  Array.from({ length: steps }, (_, s) => batchIndices(count, size, s, seed)).flat();

test('every epoch has every sample once, in another order, also where batches straddle epochs', () => {
  const order = all(10, 4, 10, 3);
  for (let epoch = 0; epoch < 4; epoch++) {
    const part = order.slice(10 * epoch, 10 * (epoch + 1));
    expect([...part].sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
    if (epoch > 0) expect(part).not.toEqual(order.slice(0, 10));
  }
});

test('a step is a function of seed and number alone', () => {
  const late = batchIndices(50, 8, 17, 5);
  all(50, 8, 30, 9);
  expect(batchIndices(50, 8, 17, 5)).toEqual(late);
  expect(batchIndices(50, 8, 17, 6)).not.toEqual(late);
});

test('a batch larger than the data set', () => {
  const batch = batchIndices(3, 7, 0, 1);
  expect(batch).toHaveLength(7);
  expect(new Set(batch)).toEqual(new Set([0, 1, 2]));
});
