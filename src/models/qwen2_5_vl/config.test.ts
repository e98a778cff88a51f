// config.json of Qwen2.5-VL: both published layouts, what is refused, and the way back to a file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VideorftError } from '../../base/errors.ts';
import { parseModelConfig, writeModelConfig } from './config.ts';

// config.json of Qwen/Qwen2.5-VL-3B-Instruct, as published.
const PUBLISHED = {
  architectures: ['Qwen2_5_VLForConditionalGeneration'],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  vision_start_token_id: 151652,
  vision_end_token_id: 151653,
  vision_token_id: 151654,
  image_token_id: 151655,
  video_token_id: 151656,
  hidden_act: 'silu',
  hidden_size: 2048,
  initializer_range: 0.02,
  intermediate_size: 11008,
  max_position_embeddings: 128000,
  max_window_layers: 70,
  model_type: 'qwen2_5_vl',
  num_attention_heads: 16,
  num_hidden_layers: 36,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_cache: true,
  use_sliding_window: false,
  vision_config: {
    depth: 32,
    hidden_act: 'silu',
    hidden_size: 1280,
    intermediate_size: 3420,
    num_heads: 16,
    in_chans: 3,
    out_hidden_size: 2048,
    patch_size: 14,
    spatial_merge_size: 2,
    spatial_patch_size: 14,
    window_size: 112,
    fullatt_block_indexes: [7, 15, 23, 31],
    tokens_per_second: 2,
    temporal_patch_size: 2,
  },
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
  vocab_size: 151936,
};

/** The same model as newer transformers write it: nested, rope_parameters, the tie inside or outside. */
function nested(tieAt: 'text' | 'top') {
  const { vision_config, model_type, image_token_id, video_token_id, ...language } = PUBLISHED;
  const { rope_scaling, rope_theta, tie_word_embeddings, ...text } = language;
  const { in_chans, ...vision } = vision_config;
  const tie = { tie_word_embeddings };
  return {
    model_type,
    image_token_id,
    video_token_id,
    vision_start_token_id: 151652,
    vision_end_token_id: 151653,
    text_config: {
      ...text,
      ...(tieAt === 'text' ? tie : {}),
      rope_parameters: { ...rope_scaling, rope_theta, rope_type: 'default', type: 'default' },
    },
    ...(tieAt === 'top' ? tie : {}),
    vision_config: { ...vision, in_channels: in_chans },
  };
}

const fixture = (...parts: string[]) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../test/parity/fixtures', ...parts), 'utf8'));

const refusal = (json: unknown): VideorftError => {
  try {
    parseModelConfig(json);
  } catch (error) {
    if (error instanceof VideorftError) return error;
  }
  throw new Error('the config was accepted');
};

describe('config.json of Qwen2.5-VL', () => {
  test('as published', () => {
    const c = parseModelConfig(PUBLISHED);
    expect(c.text).toMatchObject({
      hidden_size: 2048,
      num_key_value_heads: 2,
      tie_word_embeddings: true,
      rope_theta: 1e6,
    });
    expect(c.text.rope_scaling.mrope_section).toEqual([16, 24, 24]);
    expect(c.vision).toMatchObject({
      depth: 32,
      in_channels: 3,
      tokens_per_second: 2,
      fullatt_block_indexes: [7, 15, 23, 31],
    });
    expect(c).toMatchObject({
      image_token_id: 151655,
      video_token_id: 151656,
      eos_token_id: 151645,
      bos_token_id: 151643,
    });
  });

  test('nested, it is the same model', () => {
    const flat = parseModelConfig(PUBLISHED);
    for (const tie of ['text', 'top'] as const)
      expect(parseModelConfig(nested(tie))).toEqual({
        ...flat,
        vision: expect.objectContaining({ in_channels: 3, depth: 32 }),
      });
  });

  test('what we write reads back the same, and is the file that transformers opened', () => {
    const c = parseModelConfig(PUBLISHED);
    expect(parseModelConfig(JSON.parse(JSON.stringify(writeModelConfig(c, 'bfloat16'))))).toEqual(c);
    const toy = parseModelConfig(fixture('qwen2_5_vl', 'config.json'));
    expect(writeModelConfig(toy)).toEqual(fixture('written', 'qwen2_5_vl-config.json'));
  });

  test.each([
    ['another model', { ...PUBLISHED, model_type: 'llava' }, { model_type: 'llava' }],
    ['not an object', 7, { model_type: 'undefined' }],
    ['a missing size', { ...PUBLISHED, hidden_size: undefined }, { field: 'hidden_size' }],
    ['sliding windows', { ...PUBLISHED, use_sliding_window: true }, { field: 'use_sliding_window' }],
    ['another activation', { ...PUBLISHED, hidden_act: 'gelu' }, { field: 'hidden_act' }],
    ['no rope', { ...PUBLISHED, rope_scaling: null }, { field: 'rope_scaling' }],
    [
      'scaled rope',
      { ...PUBLISHED, rope_scaling: { type: 'yarn', mrope_section: [16, 24, 24] } },
      { rope_type: 'yarn' },
    ],
    [
      'sections',
      { ...PUBLISHED, rope_scaling: { type: 'mrope', mrope_section: [16, 24, 23] } },
      { sum: 63, headDim: 128 },
    ],
    ['key heads', { ...PUBLISHED, num_key_value_heads: 3 }, { heads: 16 }],
    ['no tower', { ...PUBLISHED, vision_config: undefined }, { field: 'vision_config' }],
    [
      'widths',
      { ...PUBLISHED, vision_config: { ...PUBLISHED.vision_config, out_hidden_size: 8 } },
      { out_hidden_size: 8 },
    ],
    [
      'windows',
      { ...PUBLISHED, vision_config: { ...PUBLISHED.vision_config, window_size: 100 } },
      { window_size: 100 },
    ],
  ])('%s is refused', (_, json, facts) => {
    expect(refusal(json)).toMatchObject({ code: 'model-config', facts });
  });
});
