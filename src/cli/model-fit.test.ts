// What fits where: the rule against sums by hand; the published sizes against the parameter counts that their model cards give.
import { expect, test } from 'vitest';
import { parameterCount, publishedSizes, weightBytes } from '../models/index.ts';
import { modelFit } from './model-fit.ts';

test('the published models have the size that they are known by', () => {
  const sizes = publishedSizes();
  expect(parameterCount(sizes['Qwen2.5-VL-3B'])).toBe(3_754_622_976);
  expect(parameterCount(sizes['Qwen2.5-VL-7B'])).toBe(8_292_166_656);
  for (const size of Object.values(sizes)) expect(size.counts.vector / parameterCount(size)).toBeLessThan(0.001);
});

test('few bits: 8 bits and a share of a scale for layers and head, f16 for the rest; a head that is the table of words twice', () => {
  const counts = { vector: 100, layer: 32_000, head: 3200, other: 1000 };
  const own = { counts, tiedHead: 0 };
  expect(weightBytes(own, 'f32')).toBe(4 * 36_300);
  expect(weightBytes(own, 'f16')).toBe(4 * 100 + 2 * 36_200);
  expect(weightBytes(own, 'int8')).toBe(4 * 100 + 2 * 1000 + (9 / 8) * 35_200);
  expect(weightBytes(own, 'int4')).toBe(4 * 100 + 2 * 1000 + (5 / 8) * 32_000 + (9 / 8) * 3200);
  const tied = { counts: { ...counts, head: 0, other: 4200 }, tiedHead: 3200 };
  expect(weightBytes(tied, 'f16')).toBe(weightBytes(own, 'f16'));
  expect(weightBytes(tied, 'int4')).toBe(weightBytes(own, 'int4') + 2 * 3200);
});

test('per use, the widest type that fits; else what it would take', () => {
  const size = { counts: { vector: 0.1e9, layer: 0.8e9, head: 0, other: 0.1e9 }, tiedHead: 0 };
  expect(modelFit(size, 20e9)).toEqual({
    fits: true,
    detail: 'questions: f32, about 5.0 GB; an adapter (--lora.rank): f32, about 6.5 GB; all weights: f32, about 19 GB',
  });
  expect(modelFit(size, 5e9)).toEqual({
    fits: true,
    detail:
      'questions: f16, about 3.2 GB; an adapter (--lora.rank): f16, about 4.7 GB; all weights: no, it would take about 19 GB',
  });
  expect(modelFit(size, 2.2e9)).toMatchObject({
    fits: true,
    detail: expect.stringContaining(
      'questions: int4, about 2.1 GB; an adapter (--lora.rank): no, it would take about 4.7 GB as f16',
    ),
  });
  expect(modelFit(size, 2e9)).toMatchObject({
    fits: false,
    detail: expect.stringContaining('questions: no, it would take about 2.1 GB as int4'),
  });
});
