// Settings of the micro base model's making: sizes, stages, seed. One schema; `videorft pretrain --help` prints it.
import { z } from 'zod';
import type { ModelConfig } from '../../models/qwen2_5_vl/config.ts';
import type { SiglipConfig } from '../../models/siglip/config.ts';

const count = (n: number, what: string) => z.number().int().default(n).describe(what);
const rate = (peak: number, stage: string) => z.number().default(peak).describe(`peak learning rate of ${stage}`);

export const pretrainConfig = z.strictObject({
  seed: count(1, 'seed of weights, scenes and order'),
  size: z.enum(['micro', 'nano']).default('micro').describe('size of the base model: micro 2.8M parameters, nano 1.1M'),
  out: z.string().default('assets').describe('folder that receives micro-base/ or nano-base/, and micro-siglip/'),
  threads: z.number().int().positive().optional().describe('threads inside one operation; absent: all cores'),
  work: z.string().default('runs/pretrain').describe('folder of the state; starting again in it continues'),
  lookupSteps: count(700, 'steps of the language tower on looking options up, without clips'),
  lookupRows: count(64, 'rows of one look-up step'),
  lookupRate: rate(2e-3, 'the look-up stage'),
  visionSteps: count(2500, 'steps of the vision tower on dense cell labels'),
  visionClips: count(24, 'clips of one vision step'),
  visionRate: rate(1.5e-3, 'the vision stage'),
  rollCallSteps: count(600, 'steps of the whole model on naming what belongs to what, in two or three words each'),
  rollCallClips: count(32, 'clips of one roll-call step'),
  rollCallRate: rate(1e-3, 'the roll-call stage'),
  interviewSteps: count(700, 'steps of the whole model on many short questions a clip, answered in words'),
  interviewClips: count(24, 'clips of one interview step'),
  interviewRate: rate(1e-3, 'interviews'),
  refreshSteps: count(600, 'steps of look-ups and interviews by turns'),
  languageSteps: count(1200, 'steps of the whole model on conversations among interviews'),
  languageClips: count(16, 'clips of one step of conversations, each of several turns'),
  languageRate: rate(1e-3, 'conversations'),
  retellSteps: count(700, 'steps of conversations with copying of questions among the look-ups'),
  siglipSteps: count(600, 'steps of the micro SigLIP on frames and captions; 0: none is made'),
  siglipPairs: count(64, 'pairs of one SigLIP step'),
  siglipRate: rate(1e-3, 'the SigLIP stage'),
  codecShare: z.number().default(0.25).describe('share of clips that pass through H.264 before the model sees them'),
});
export type PretrainConfig = z.infer<typeof pretrainConfig>;

type Size = PretrainConfig['size'];

/** Widths and depths; heads have 32 dimensions everywhere. */
const TEXT_SIZES = {
  micro: { hidden_size: 192, intermediate_size: 512, num_hidden_layers: 4, num_key_value_heads: 3 },
  nano: { hidden_size: 128, intermediate_size: 320, num_hidden_layers: 3, num_key_value_heads: 2 },
} as const;
const VISION_SIZES = {
  micro: { hidden_size: 128, intermediate_size: 256, depth: 3 },
  nano: { hidden_size: 96, intermediate_size: 192, depth: 2 },
} as const;
const HEAD = 32;

/** A small model of Qwen2.5-VL's architecture: 2.8M parameters (micro) or 1.1M (nano). `ids` come from its tokenizer. */
export function smallModelConfig(size: Size, vocabSize: number, idOf: (token: string) => number): ModelConfig {
  const text = TEXT_SIZES[size];
  const vision = VISION_SIZES[size];
  return {
    model_type: 'qwen2_5_vl',
    text: {
      vocab_size: vocabSize,
      ...text,
      num_attention_heads: text.hidden_size / HEAD,
      hidden_act: 'silu',
      max_position_embeddings: 2048,
      rms_norm_eps: 1e-6,
      rope_theta: 1000000,
      rope_scaling: { type: 'mrope', mrope_section: [4, 6, 6] },
      tie_word_embeddings: true,
    },
    vision: {
      ...vision,
      hidden_act: 'silu',
      num_heads: vision.hidden_size / HEAD,
      in_channels: 3,
      out_hidden_size: text.hidden_size,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
      tokens_per_second: 2,
      window_size: 112,
      fullatt_block_indexes: [1],
    },
    image_token_id: idOf('<|image_pad|>'),
    video_token_id: idOf('<|video_pad|>'),
    vision_start_token_id: idOf('<|vision_start|>'),
    vision_end_token_id: idOf('<|vision_end|>'),
    bos_token_id: idOf('<|endoftext|>'),
    eos_token_id: idOf('<|im_end|>'),
    pad_token_id: idOf('<|endoftext|>'),
  };
}

/** The micro SigLIP: two towers of width 128. */
export function microSiglipConfig(vocabSize: number, padToken: number): SiglipConfig {
  const tower = {
    hidden_size: 128,
    intermediate_size: 256,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    layer_norm_eps: 1e-6,
    hidden_act: 'gelu_pytorch_tanh' as const,
  };
  return {
    model_type: 'siglip',
    text: {
      ...tower,
      vocab_size: vocabSize,
      max_position_embeddings: 64,
      projection_size: 128,
      pad_token_id: padToken,
    },
    vision: { ...tower, num_channels: 3, image_size: 84, patch_size: 14 },
  };
}
