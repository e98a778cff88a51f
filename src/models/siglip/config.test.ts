// config.json of SigLIP: read as published with its defaults, and the way back to a file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSiglipConfig, writeSiglipConfig } from './config.ts';

const fixture = (...parts: string[]) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../test/parity/fixtures', ...parts), 'utf8'));

// The towers of google/siglip-so400m-patch14-384 as published: what equals transformers' defaults is left out.
const SO400M = {
  architectures: ['SiglipModel'],
  model_type: 'siglip',
  text_config: {
    hidden_size: 1152,
    intermediate_size: 4304,
    model_type: 'siglip_text_model',
    num_attention_heads: 16,
    num_hidden_layers: 27,
  },
  vision_config: {
    hidden_size: 1152,
    image_size: 384,
    intermediate_size: 4304,
    model_type: 'siglip_vision_model',
    num_attention_heads: 16,
    num_hidden_layers: 27,
    patch_size: 14,
  },
};

test('defaults are filled in', () => {
  const c = parseSiglipConfig(SO400M);
  expect(c.text).toMatchObject({
    vocab_size: 32000,
    max_position_embeddings: 64,
    pad_token_id: 1,
    projection_size: 1152,
  });
  expect(c.vision).toMatchObject({ image_size: 384, patch_size: 14, num_channels: 3, layer_norm_eps: 1e-6 });
  const base = parseSiglipConfig({ model_type: 'siglip' });
  expect([base.text.hidden_size, base.vision.image_size, base.vision.patch_size]).toEqual([768, 224, 16]);
});

test('what we write reads back the same, and is the file that transformers opened', () => {
  const c = parseSiglipConfig(SO400M);
  expect(parseSiglipConfig(JSON.parse(JSON.stringify(writeSiglipConfig(c))))).toEqual(c);
  expect(writeSiglipConfig(parseSiglipConfig(fixture('siglip', 'config.json')))).toEqual(
    fixture('written', 'siglip-config.json'),
  );
});

test.each([
  [{ ...SO400M, model_type: 'clip' }, /model_type|Invalid/],
  [{ ...SO400M, text_config: { ...SO400M.text_config, hidden_act: 'gelu' } }, /SigLIP/],
  [{ ...SO400M, text_config: { ...SO400M.text_config, projection_size: 64 } }, /one space/],
  ['{}', /SigLIP/],
])('another model is refused (%#)', (json, message) => {
  expect(() => parseSiglipConfig(json)).toThrow(message);
});
