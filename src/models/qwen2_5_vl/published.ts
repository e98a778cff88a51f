// The sizes that have been published, as their config.json files give them (Qwen/Qwen2.5-VL-3B-Instruct and -7B-Instruct): for what is
// said about them before anybody has downloaded one, and for random checkpoints of their shapes. Leaves out: 32B and 72B.
import type { ModelSize } from '../size.ts';
import { parseModelConfig, type TextConfig } from './config.ts';
import { weightShapes } from './graphs.ts';
import { sizeOfShapes } from './kinds.ts';

type Sizes = Omit<
  TextConfig,
  'hidden_act' | 'max_position_embeddings' | 'rms_norm_eps' | 'rope_theta' | 'rope_scaling'
>;

const configOf = (text: Sizes): object => ({
  model_type: 'qwen2_5_vl',
  architectures: ['Qwen2_5_VLForConditionalGeneration'],
  ...text,
  hidden_act: 'silu',
  max_position_embeddings: 128000,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
  vision_config: {
    ...{ depth: 32, hidden_size: 1280, intermediate_size: 3420, num_heads: 16, out_hidden_size: text.hidden_size },
    ...{ in_channels: 3, patch_size: 14, spatial_merge_size: 2, temporal_patch_size: 2, tokens_per_second: 2 },
    ...{ window_size: 112, fullatt_block_indexes: [7, 15, 23, 31], hidden_act: 'silu' },
  },
  ...{ bos_token_id: 151643, eos_token_id: 151645, vision_start_token_id: 151652, vision_end_token_id: 151653 },
  ...{ image_token_id: 151655, video_token_id: 151656 },
});

/** config.json by name. */
export const publishedConfigs: Readonly<Record<string, object>> = {
  'Qwen2.5-VL-3B': configOf({
    vocab_size: 151936,
    hidden_size: 2048,
    intermediate_size: 11008,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
  }),
  'Qwen2.5-VL-7B': configOf({
    vocab_size: 152064,
    hidden_size: 3584,
    intermediate_size: 18944,
    num_hidden_layers: 28,
    num_attention_heads: 28,
    num_key_value_heads: 4,
    tie_word_embeddings: false,
  }),
};

export const publishedSizes = (): Record<string, ModelSize> =>
  Object.fromEntries(
    Object.entries(publishedConfigs).map(([name, config]) => [
      name,
      sizeOfShapes(weightShapes(parseModelConfig(config))),
    ]),
  );
