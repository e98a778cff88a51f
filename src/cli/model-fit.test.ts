// What fits where: the rule against sums by hand, and the published sizes against the configurations that they are of.
import { expect, test } from 'vitest';
import { parseModelConfig } from '../models/qwen2_5_vl/config.ts';
import { weightShapes } from '../models/qwen2_5_vl/graphs.ts';
import { modelFit, published } from './model-fit.ts';

const ids = {
  image_token_id: 1,
  video_token_id: 2,
  vision_start_token_id: 3,
  vision_end_token_id: 4,
  bos_token_id: 5,
  eos_token_id: 6,
};
const config = (hidden_size: number, more: object) =>
  parseModelConfig({
    model_type: 'qwen2_5_vl',
    hidden_size,
    rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
    vision_config: {
      depth: 32,
      hidden_size: 1280,
      num_heads: 16,
      intermediate_size: 3420,
      out_hidden_size: hidden_size,
      fullatt_block_indexes: [7],
    },
    ...ids,
    ...more,
  });
const configs = {
  'Qwen2.5-VL-3B': config(2048, {
    ...{ vocab_size: 151936, intermediate_size: 11008, num_hidden_layers: 36, num_attention_heads: 16 },
    ...{ num_key_value_heads: 2, tie_word_embeddings: true },
  }),
  'Qwen2.5-VL-7B': config(3584, {
    ...{ vocab_size: 152064, intermediate_size: 18944, num_hidden_layers: 28, num_attention_heads: 28 },
    ...{ num_key_value_heads: 4, tie_word_embeddings: false },
  }),
};

test.each(Object.entries(configs))('%s has the size that its configuration gives', (name, c) => {
  const shapes = Object.values(weightShapes(c));
  const count = (list: readonly (readonly number[])[]) => list.reduce((n, s) => n + s.reduce((a, b) => a * b, 1), 0);
  expect(published[name]).toEqual({
    parameters: count(shapes),
    inMatrices: count(shapes.filter((s) => s.length === 2)),
  });
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
