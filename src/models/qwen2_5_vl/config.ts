// config.json of Qwen2.5-VL: read as published (language settings at the top level) and as newer transformers write it
// (text_config, rope_parameters), checked, and brought to one type; written in the published layout, which every version opens.
// Leaves out: sliding-window attention, scaled rotary embeddings and other activations; a config that asks for them is refused.
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';

const whole = z.number().int().positive();
const token = z.number().int().nonnegative();

const ropeSchema = z.object({
  type: z.string().optional(),
  rope_type: z.string().optional(),
  mrope_section: z.tuple([whole, whole, whole]),
  rope_theta: z.number().positive().optional(),
});

const textSchema = z.object({
  vocab_size: whole,
  hidden_size: whole,
  intermediate_size: whole,
  num_hidden_layers: whole,
  num_attention_heads: whole,
  num_key_value_heads: whole,
  hidden_act: z.literal('silu').default('silu'),
  max_position_embeddings: whole.default(32768),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().optional(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  use_sliding_window: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().optional(),
  bos_token_id: token.nullish(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
  pad_token_id: token.nullish(),
});

const visionSchema = z.object({
  depth: whole,
  hidden_size: whole,
  hidden_act: z.literal('silu').default('silu'),
  intermediate_size: whole,
  num_heads: whole,
  in_channels: whole.optional(),
  in_chans: whole.optional(),
  out_hidden_size: whole,
  patch_size: whole.default(14),
  spatial_merge_size: whole.default(2),
  temporal_patch_size: whole.default(2),
  tokens_per_second: z.number().positive().default(4),
  window_size: whole.default(112),
  fullatt_block_indexes: z.array(token),
});

const topSchema = z.object({
  image_token_id: token.default(151655),
  video_token_id: token.default(151656),
  vision_start_token_id: token.default(151652),
  vision_end_token_id: token.default(151653),
  bos_token_id: token.nullish(),
  eos_token_id: z.union([token, z.array(token)]).nullish(),
  pad_token_id: token.nullish(),
  tie_word_embeddings: z.boolean().optional(),
});

export interface TextConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly hidden_act: 'silu';
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  /** Rotary frequencies given to time, height and width; they sum to head_dim / 2. */
  readonly rope_scaling: { readonly type: 'mrope'; readonly mrope_section: readonly [number, number, number] };
  readonly tie_word_embeddings: boolean;
}

export interface VisionConfig {
  readonly depth: number;
  readonly hidden_size: number;
  readonly hidden_act: 'silu';
  readonly intermediate_size: number;
  readonly num_heads: number;
  readonly in_channels: number;
  readonly out_hidden_size: number;
  readonly patch_size: number;
  readonly spatial_merge_size: number;
  readonly temporal_patch_size: number;
  readonly tokens_per_second: number;
  /** Pixels. */
  readonly window_size: number;
  readonly fullatt_block_indexes: readonly number[];
}

export interface ModelConfig {
  readonly model_type: 'qwen2_5_vl';
  readonly text: TextConfig;
  readonly vision: VisionConfig;
  readonly image_token_id: number;
  readonly video_token_id: number;
  readonly vision_start_token_id: number;
  readonly vision_end_token_id: number;
  readonly bos_token_id: number | undefined;
  readonly eos_token_id: number | undefined;
  readonly pad_token_id: number | undefined;
}

const FIX = 'give a folder with the config.json of a Qwen2.5-VL model';

function refuse(message: string, facts: Record<string, string | number>): never {
  throw new VideorftError(message, { code: 'model-config', facts, fix: FIX });
}

function check<T>(schema: z.ZodType<T>, value: unknown, part: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  refuse(`config.json does not describe a Qwen2.5-VL model that can be run: ${issue.message}`, {
    field: [part, ...issue.path.map(String)].filter(Boolean).join('.'),
  });
}

function normalizeText(raw: z.infer<typeof textSchema>, tied: boolean | undefined): TextConfig {
  const rope = raw.rope_scaling ?? raw.rope_parameters;
  if (!rope) refuse('config.json has no rope_scaling with an mrope_section', { field: 'rope_scaling' });
  const kind = rope.rope_type ?? rope.type ?? 'mrope';
  if (kind !== 'mrope' && kind !== 'default') refuse('this rotary embedding is not supported', { rope_type: kind });
  const theta = raw.rope_theta ?? rope.rope_theta ?? 1_000_000;
  const [t, h, w] = rope.mrope_section;
  const headDim = raw.hidden_size / raw.num_attention_heads;
  if (!Number.isInteger(headDim / 2) || 2 * (t + h + w) !== headDim)
    refuse('mrope_section must sum to half of hidden_size / num_attention_heads', { sum: t + h + w, headDim });
  if (raw.num_attention_heads % raw.num_key_value_heads !== 0)
    refuse('num_attention_heads must be a multiple of num_key_value_heads', { heads: raw.num_attention_heads });
  return {
    vocab_size: raw.vocab_size,
    hidden_size: raw.hidden_size,
    intermediate_size: raw.intermediate_size,
    num_hidden_layers: raw.num_hidden_layers,
    num_attention_heads: raw.num_attention_heads,
    num_key_value_heads: raw.num_key_value_heads,
    hidden_act: raw.hidden_act,
    max_position_embeddings: raw.max_position_embeddings,
    rms_norm_eps: raw.rms_norm_eps,
    rope_theta: theta,
    rope_scaling: { type: 'mrope', mrope_section: [t, h, w] },
    tie_word_embeddings: raw.tie_word_embeddings ?? tied ?? false,
  };
}

function normalizeVision(raw: z.infer<typeof visionSchema>, width: number): VisionConfig {
  const { in_channels, in_chans, ...rest } = raw;
  if (raw.out_hidden_size !== width)
    refuse("vision out_hidden_size must equal the language tower's hidden_size", {
      out_hidden_size: raw.out_hidden_size,
    });
  if (!Number.isInteger(raw.hidden_size / raw.num_heads / 4))
    refuse('vision hidden_size / num_heads must be a multiple of 4', { hidden_size: raw.hidden_size });
  if (raw.window_size % (raw.patch_size * raw.spatial_merge_size) !== 0)
    refuse('window_size must be a multiple of patch_size · spatial_merge_size', { window_size: raw.window_size });
  return { ...rest, in_channels: in_channels ?? in_chans ?? 3 };
}

const first = (id: number | number[] | null | undefined) => (Array.isArray(id) ? id[0] : (id ?? undefined));

/**
 * A parsed config.json → one type, whichever transformers version wrote it.
 * @throws VideorftError 'model-config' for another model_type, a missing field or a setting that is not supported.
 */
export function parseModelConfig(json: unknown): ModelConfig {
  const raw = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  if (raw.model_type !== 'qwen2_5_vl') refuse('not a Qwen2.5-VL config.json', { model_type: String(raw.model_type) });
  const nested = raw.text_config as Record<string, unknown> | undefined;
  const top = check(topSchema, raw, '');
  const language = check(textSchema, nested ?? raw, nested ? 'text_config' : '');
  const text = normalizeText(language, top.tie_word_embeddings);
  return {
    model_type: 'qwen2_5_vl',
    text,
    vision: normalizeVision(check(visionSchema, raw.vision_config, 'vision_config'), text.hidden_size),
    image_token_id: top.image_token_id,
    video_token_id: top.video_token_id,
    vision_start_token_id: top.vision_start_token_id,
    vision_end_token_id: top.vision_end_token_id,
    bos_token_id: top.bos_token_id ?? language.bos_token_id ?? undefined,
    eos_token_id: first(top.eos_token_id ?? language.eos_token_id),
    pad_token_id: top.pad_token_id ?? language.pad_token_id ?? undefined,
  };
}

/** The config.json to write beside the weights: the published layout. `dtype` is the weights' torch dtype. */
export function writeModelConfig(config: ModelConfig, dtype = 'float32'): Record<string, unknown> {
  const { text, vision, ...top } = config;
  const { in_channels, ...tower } = vision;
  return {
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    ...top,
    ...text,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    use_sliding_window: false,
    torch_dtype: dtype,
    vision_config: { ...tower, model_type: 'qwen2_5_vl', in_channels, in_chans: in_channels },
  };
}
