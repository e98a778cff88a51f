// What fits where: the rule against sums by hand; the published sizes against the parameter counts that their model cards give.
import { expect, test } from 'vitest';
import { publishedSizes } from '../models/index.ts';
import { modelFit } from './model-fit.ts';

test('the published models have the size that they are known by', () => {
  const sizes = publishedSizes();
  expect(sizes['Qwen2.5-VL-3B'].parameters).toBe(3_754_622_976);
  expect(sizes['Qwen2.5-VL-7B'].parameters).toBe(8_292_166_656);
  for (const { parameters, inMatrices } of Object.values(sizes)) {
    expect(inMatrices / parameters).toBeGreaterThan(0.999);
    expect(inMatrices).toBeLessThan(parameters);
  }
});

test('per use, the widest type that fits; else what it would take', () => {
  const size = { parameters: 1e9, inMatrices: 0.9e9 };
  expect(modelFit(size, 20e9)).toEqual({
    fits: true,
    detail: 'questions: f32, about 5.0 GB; an adapter (--lora.rank): f32, about 6.5 GB; all weights: f32, about 19 GB',
  });
  expect(modelFit(size, 5e9)).toEqual({
    fits: true,
    detail:
      'questions: f16, about 3.2 GB; an adapter (--lora.rank): f16, about 4.7 GB; all weights: no, it would take about 19 GB',
  });
  expect(modelFit(size, 3e9)).toMatchObject({
    fits: false,
    detail: expect.stringContaining('no, it would take about 3.2 GB as f16'),
  });
});
