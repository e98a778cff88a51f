// config.json of CLIP, read as published: towers leave out what equals the defaults, or stand in text_config_dict and vision_config_dict,
// which then go before text_config and vision_config, as in transformers. Leaves out: writing it (nothing here trains a CLIP).
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import type { EncoderConfig, PatchConfig } from '../dual_encoder/encoder.ts';

const whole = z.number().int().positive();
const token = z.number().int().nonnegative();

const tower = {
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
  num_hidden_layers: whole.default(12),
};

// Defaults are those of CLIPTextConfig and CLIPVisionConfig in transformers.
const textSchema = z.object({
  ...tower,
  hidden_size: whole.default(512),
  intermediate_size: whole.default(2048),
  num_attention_heads: whole.default(8),
  vocab_size: whole.default(49408),
  max_position_embeddings: whole.default(77),
  eos_token_id: token.default(49407),
});

const visionSchema = z.object({
  ...tower,
  hidden_size: whole.default(768),
  intermediate_size: whole.default(3072),
  num_attention_heads: whole.default(12),
  num_channels: z.literal(3).default(3),
  image_size: whole.default(224),
  patch_size: whole.default(32),
});

const schema = z.object({
  model_type: z.literal('clip'),
  projection_dim: whole.default(512),
  text_config: textSchema.nullish(),
  text_config_dict: textSchema.nullish(),
  vision_config: visionSchema.nullish(),
  vision_config_dict: visionSchema.nullish(),
});

export interface ClipTextConfig extends EncoderConfig {
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  /** Where the text is pooled; 2 in configs from before transformers 4.32 means: at the largest id (see endOfText). */
  readonly eos_token_id: number;
}

export interface ClipVisionConfig extends EncoderConfig, PatchConfig {}

export interface ClipConfig {
  readonly model_type: 'clip';
  readonly projection_dim: number;
  readonly text: ClipTextConfig;
  readonly vision: ClipVisionConfig;
}

const FIX = 'give a folder with the config.json of a CLIP model';

function checkHeads(part: string, { hidden_size, num_attention_heads }: EncoderConfig): void {
  if (hidden_size % num_attention_heads === 0) return;
  throw new VideorftError(`${part}.hidden_size is no multiple of num_attention_heads`, {
    code: 'model-config',
    facts: { hidden_size, num_attention_heads },
    fix: FIX,
  });
}

/**
 * A parsed config.json → one type with every default filled in.
 * @throws VideorftError 'model-config' for another model_type or a setting that is not supported.
 */
export function parseClipConfig(json: unknown): ClipConfig {
  const result = schema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new VideorftError(`config.json does not describe a CLIP model that can be run: ${issue.message}`, {
      code: 'model-config',
      facts: { field: issue.path.join('.') },
      fix: FIX,
    });
  }
  const { projection_dim, text_config, text_config_dict, vision_config, vision_config_dict } = result.data;
  const text = text_config_dict ?? text_config ?? textSchema.parse({});
  const { num_channels: _, ...vision } = vision_config_dict ?? vision_config ?? visionSchema.parse({});
  checkHeads('text_config', text);
  checkHeads('vision_config', vision);
  return { model_type: 'clip', projection_dim, text, vision };
}
