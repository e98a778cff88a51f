// config.json of SigLIP: read as published (towers leave out what equals the defaults), checked, and written back.
// Leaves out: SigLIP 2's variable resolution, vision towers without the pooling head.
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';

const whole = z.number().int().positive();

// Defaults are those of SiglipTextConfig and SiglipVisionConfig in transformers.
const tower = {
  hidden_size: whole.default(768),
  intermediate_size: whole.default(3072),
  num_hidden_layers: whole.default(12),
  num_attention_heads: whole.default(12),
  layer_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.literal('gelu_pytorch_tanh').default('gelu_pytorch_tanh'),
};

const schema = z.object({
  model_type: z.literal('siglip'),
  text_config: z
    .object({
      ...tower,
      vocab_size: whole.default(32000),
      max_position_embeddings: whole.default(64),
      projection_size: whole.optional(),
      pad_token_id: z.number().int().nonnegative().default(1),
    })
    .prefault({}),
  vision_config: z
    .object({
      ...tower,
      num_channels: z.literal(3).default(3),
      image_size: whole.default(224),
      patch_size: whole.default(16),
      vision_use_head: z.literal(true).default(true),
    })
    .prefault({}),
});

export interface SiglipTowerConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly layer_norm_eps: number;
  readonly hidden_act: 'gelu_pytorch_tanh';
}

export interface SiglipTextConfig extends SiglipTowerConfig {
  readonly vocab_size: number;
  /** Texts are cut and padded to exactly this many tokens. */
  readonly max_position_embeddings: number;
  readonly projection_size: number;
  readonly pad_token_id: number;
}

export interface SiglipVisionConfig extends SiglipTowerConfig {
  readonly num_channels: 3;
  readonly image_size: number;
  readonly patch_size: number;
}

export interface SiglipConfig {
  readonly model_type: 'siglip';
  readonly text: SiglipTextConfig;
  readonly vision: SiglipVisionConfig;
}

/**
 * A parsed config.json → one type with every default filled in.
 * @throws VideorftError 'model-config' for another model_type or a setting that is not supported.
 */
export function parseSiglipConfig(json: unknown): SiglipConfig {
  const result = schema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new VideorftError(`config.json does not describe a SigLIP model that can be run: ${issue.message}`, {
      code: 'model-config',
      facts: { field: issue.path.join('.') },
      fix: 'give a folder with the config.json of a SigLIP model',
    });
  }
  const { text_config, vision_config } = result.data;
  const { vision_use_head: _, ...vision } = vision_config;
  const text = { ...text_config, projection_size: text_config.projection_size ?? text_config.hidden_size };
  if (text.projection_size !== vision.hidden_size || vision.image_size < vision.patch_size)
    throw new VideorftError('the two towers of this SigLIP config do not meet in one space', {
      code: 'model-config',
      facts: { projection_size: text.projection_size, vision: vision.hidden_size, image_size: vision.image_size },
      fix: 'make projection_size equal to the vision hidden_size, and image_size at least patch_size',
    });
  return { model_type: 'siglip', text, vision };
}

/** The config.json to write beside the weights. */
export function writeSiglipConfig(config: SiglipConfig, dtype = 'float32'): Record<string, unknown> {
  return {
    architectures: ['SiglipModel'],
    model_type: 'siglip',
    initializer_factor: 1,
    torch_dtype: dtype,
    text_config: { model_type: 'siglip_text_model', ...config.text },
    vision_config: { model_type: 'siglip_vision_model', ...config.vision },
  };
}
