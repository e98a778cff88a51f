// shapes.json as types: the models and batches that the engine is measured at. Token ids of special tokens are the last of the vocabulary.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelConfig, TextConfig, VisionConfig } from '../../src/models/qwen2_5_vl/config.ts';

/** micro: the shipped model; 100M: the paper's frames at a hundred million parameters; tiny: for tests of the bench itself. */
export const sizeNames = ['micro', '100M', 'tiny'] as const;
export type SizeName = (typeof sizeNames)[number];

export interface Size {
  readonly text: TextConfig;
  readonly vision: VisionConfig;
  /** Frames of every clip, as the model sees them; fps of the sampled frames. */
  readonly clip: { readonly frames: number; readonly width: number; readonly height: number; readonly fps: number };
  /** Text tokens of a prompt, beside the clip's cells. */
  readonly promptText: number;
  readonly decoder: { readonly rows: number; readonly tokens: number };
  readonly sft: { readonly rows: number; readonly completion: number };
  readonly generate: {
    readonly prompts: number;
    readonly samples: number;
    readonly tokens: number;
    readonly topP: number;
  };
  readonly repeats: { readonly train: number; readonly generate: number };
  /** Multiples of batch, length and frames in the figure. */
  readonly grow: readonly number[];
  /** Limits on ours ÷ peer's: time (decoder, sft), memory, tokens per second (generate). */
  readonly bars: Readonly<Record<'decoder' | 'sft' | 'memory' | 'generate', number | null>>;
}

export interface Optimizer {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly maxNorm: number;
}

export interface Shapes {
  readonly threads: number;
  readonly seed: number;
  readonly optimizer: Optimizer;
  /** Steps after which the weights of both sides are compared. */
  readonly comparedSteps: number;
  readonly sizes: Readonly<Record<SizeName, Size>>;
}

export function readShapes(): Shapes {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../shapes.json'), 'utf8')) as Shapes;
}

export function modelConfig({ text, vision }: Size): ModelConfig {
  const last = text.vocab_size - 1;
  return {
    model_type: 'qwen2_5_vl',
    text,
    vision,
    image_token_id: last,
    video_token_id: last - 1,
    vision_start_token_id: last - 2,
    vision_end_token_id: last - 3,
    eos_token_id: last - 4,
    bos_token_id: last - 5,
    pad_token_id: last - 5,
  };
}

/** Ids below this are ordinary tokens. */
export const ordinaryTokens = (config: ModelConfig): number => config.text.vocab_size - 6;

/** The plain transformer of (i): the language tower with keys and values for every head. */
export function decoderConfig({ text }: Size): TextConfig {
  return { ...text, num_key_value_heads: text.num_attention_heads };
}

/** Patches of one clip: [time, height, width]. */
export function clipGrid({ clip, vision }: Size): [number, number, number] {
  const p = vision.patch_size;
  return [Math.ceil(clip.frames / vision.temporal_patch_size), clip.height / p, clip.width / p];
}
