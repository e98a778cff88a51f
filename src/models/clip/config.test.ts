// config.json of CLIP: as published, with its defaults, and what cannot be run.
import { expect, test } from 'vitest';
import { parseClipConfig } from './config.ts';
import { clipName, clipShapes } from './graph.ts';

// The towers of openai/clip-vit-large-patch14 as published: in full, and once more in *_config_dict without what equals the defaults.
const text = { hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12, num_hidden_layers: 12 };
const vision = {
  hidden_size: 1024,
  intermediate_size: 4096,
  num_attention_heads: 16,
  num_hidden_layers: 24,
  patch_size: 14,
};
const LARGE = {
  architectures: ['CLIPModel'],
  model_type: 'clip',
  projection_dim: 768,
  text_config: { ...text, model_type: 'clip_text_model', eos_token_id: 2, bos_token_id: 0, vocab_size: 49408 },
  text_config_dict: { ...text, projection_dim: 768 },
  vision_config: { ...vision, model_type: 'clip_vision_model', image_size: 224 },
  vision_config_dict: { ...vision, projection_dim: 768 },
};

test('the published large model', () => {
  const c = parseClipConfig(LARGE);
  expect(c.text).toMatchObject({ ...text, vocab_size: 49408, max_position_embeddings: 77, hidden_act: 'quick_gelu' });
  expect(c.vision).toMatchObject({ ...vision, image_size: 224, layer_norm_eps: 1e-5 });
  // As in transformers the *_config_dict speaks for all of its tower, what it leaves out included.
  expect(c.text.eos_token_id).toBe(49407);
  expect(parseClipConfig({ ...LARGE, text_config_dict: null }).text.eos_token_id).toBe(2);
  const shapes = clipShapes(c);
  expect(shapes['vision_model.embeddings.position_embedding.weight']).toEqual([257, 1024]);
  expect(shapes['text_projection.weight']).toEqual([768, 768]);
  expect(shapes['visual_projection.weight']).toEqual([768, 1024]);
  const numbers = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(numbers).toBe(427_616_513); // the parameters that the model's card counts as 0.4B
});

test('defaults are those of the base model with patches of 32', () => {
  const c = parseClipConfig({ model_type: 'clip' });
  expect([c.projection_dim, c.text.hidden_size, c.vision.hidden_size, c.vision.patch_size]).toEqual([
    512, 512, 768, 32,
  ]);
});

test('the counting tables of old checkpoints are no weights', () => {
  expect(clipName('text_model.embeddings.position_ids')).toBeUndefined();
  expect(clipName('text_projection.weight')).toBe('text_projection.weight');
});

test.each([
  [{ ...LARGE, model_type: 'siglip' }, 'model_type'],
  [{ ...LARGE, vision_config_dict: { ...vision, num_channels: 1 } }, 'vision_config_dict.num_channels'],
  [{ ...LARGE, text_config_dict: { ...text, hidden_act: 'relu' } }, 'text_config_dict.hidden_act'],
  [{ ...LARGE, text_config_dict: { ...text, num_attention_heads: 7 } }, undefined],
  ['{}', ''],
])('another model is refused (%#)', (json, field) => {
  const error = (() => {
    try {
      return parseClipConfig(json);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({ code: 'model-config', facts: field === undefined ? { hidden_size: 768 } : { field } });
});
