// A Qwen2.5-VL of 60,000 parameters with random weights, scaled until its distributions are peaked, its tokenizer, and prompts about
// clips of noise: enough for every invariant that does not need a model that knows something.

import type { Prompt, Sequence } from '../../src/backends/port.ts';
import { createRng } from '../../src/base/rng.ts';
import type { Sample } from '../../src/data/sample.ts';
import type { Bits, Buffer, QuantizedMatrix } from '../../src/engine/index.ts';
import type { Clip } from '../../src/media/frame.ts';
import { initWeights } from '../../src/models/init.ts';
import { newAdapter } from '../../src/models/lora/adapter.ts';
import type { Adapter } from '../../src/models/lora/files.ts';
import type { LoraSettings } from '../../src/models/lora/settings.ts';
import type { VideoLanguageModel } from '../../src/models/port.ts';
import { quantizeBuffer } from '../../src/models/quantize.ts';
import { type ModelConfig, parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../src/models/qwen2_5_vl/index.ts';
import { kindOf } from '../../src/models/qwen2_5_vl/kinds.ts';
import { towers } from '../../src/models/qwen2_5_vl/names.ts';
import { createTokenizer, type Tokenizer } from '../../src/models/tokenizer/load.ts';
import { trainTokenizer } from '../../src/models/tokenizer/train-bpe.ts';
import { trainingMessages } from '../../src/prompt/train.ts';

const texts = ['A red circle moves left. Which way does the red circle move? A. left B. right Think step by step.'];

let tokenizer: Tokenizer | undefined;
export const tinyTokenizer = () =>
  (tokenizer ??= createTokenizer(trainTokenizer(texts, { vocabSize: 280, minFrequency: 2 })));

/** A vocabulary larger than the tokenizer, as published models have it. */
const VOCABULARY = 288;

export function tinyConfig(tokens: Tokenizer = tinyTokenizer()): ModelConfig {
  const id = tokens.idOf;
  return parseModelConfig({
    model_type: 'qwen2_5_vl',
    vocab_size: VOCABULARY,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    rope_theta: 100,
    rope_scaling: { type: 'mrope', mrope_section: [2, 1, 1] },
    tie_word_embeddings: false,
    vision_config: {
      depth: 2,
      hidden_size: 32,
      num_heads: 2,
      intermediate_size: 48,
      out_hidden_size: 32,
      tokens_per_second: 2,
      fullatt_block_indexes: [1],
    },
    image_token_id: id('<|image_pad|>'),
    video_token_id: id('<|video_pad|>'),
    vision_start_token_id: id('<|vision_start|>'),
    vision_end_token_id: id('<|vision_end|>'),
    bos_token_id: id('<|endoftext|>'),
    eos_token_id: id('<|im_end|>'),
  });
}

const louder: readonly [RegExp, number][] = [
  [/embed_tokens/, 20],
  [/(q_proj|k_proj|o_proj|down_proj|merger)/, 2],
  [/lm_head/, 2.5],
];

export interface TinyOptions {
  readonly seed?: number;
  /** Louder end-of-turn logits, so that completions end at different lengths. */
  readonly eagerToStop?: boolean;
  /** With an adapter, whose updates are as large as the weights. */
  readonly lora?: LoraSettings;
  /** Run in pieces (qwen2_5_vl/layered.ts): with its matrices in so many bits, or as they are. */
  readonly layered?: Bits | 'f32';
}

/** Takes the matrices of layers and head out of `weights`. */
function tinyQuantized(weights: Record<string, Buffer>, bits: Bits): Map<string, QuantizedMatrix> {
  const chosen = Object.entries(weights).filter(([name, w]) => ['layer', 'head'].includes(kindOf(name, w.shape)));
  for (const [name] of chosen) delete weights[name];
  return new Map(chosen.map(([name, w]) => [name, quantizeBuffer(w, bits)]));
}

/** A new adapter with B random too, as after training. */
export function tinyAdapter(shapes: Readonly<Record<string, readonly number[]>>, lora: LoraSettings): Adapter {
  const adapter = newAdapter(shapes, lora, towers, createRng(4), undefined);
  for (const [name, w] of Object.entries(adapter.weights)) {
    const draw = createRng(4).fork(name);
    for (let i = 0; i < w.data.length; i++) (w.data as Float32Array)[i] = draw.normal() / Math.sqrt(w.shape[1]);
  }
  return adapter;
}

/** Stretches the head's row of the end-of-turn token: its logit varies more, and is the largest more often. */
function hastenStop(weights: Record<string, Buffer>, token: number): void {
  const head = weights['lm_head.weight'].data as Float32Array;
  const norm = weights['model.norm.weight'].data as Float32Array;
  for (let d = 0; d < norm.length; d++) head[token * norm.length + d] *= 1.6;
}

export function tinyModel({ seed = 1, eagerToStop = true, lora, layered }: TinyOptions = {}): VideoLanguageModel {
  const tokens = tinyTokenizer();
  const config = tinyConfig(tokens);
  const weights = initWeights(weightShapes(config), createRng(seed), 2);
  for (const [name, w] of Object.entries(weights)) {
    const factor = louder.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
    if (w.shape.length > 1) for (let i = 0; i < w.data.length; i++) (w.data as Float32Array)[i] *= factor;
  }
  if (eagerToStop) hastenStop(weights, tokens.idOf('<|im_end|>'));
  const adapter = lora && tinyAdapter(weightShapes(config), lora);
  const quantized = layered === 'f32' ? new Map() : layered && tinyQuantized(weights, layered);
  return qwenModel(config, weights, tokens, undefined, adapter, quantized);
}

/** Noise of 56×56 pixels: 16 patches and 4 cells per pair of frames. One frame: an image. */
export function noiseClip(seed: number, frames = 4): Clip {
  const rng = createRng(seed);
  const picture = (time: number) => ({
    width: 56,
    height: 56,
    time,
    data: Uint8Array.from({ length: 56 * 56 * 3 }, () => rng.int(256)),
  });
  const sampledFps = frames > 1 ? 2 : 0;
  return {
    frames: Array.from({ length: frames }, (_, i) => picture(i / 2)),
    sampledFps,
    sourceFps: sampledFps,
    sourceFrames: frames,
    durationSeconds: frames / 2,
    indices: [...Array(frames).keys()],
  };
}

export function tinySample(id: number, problem = `Which way does circle ${id} move?`): Sample {
  return {
    problem_id: id,
    problem,
    data_type: id % 4 === 3 ? 'image' : 'video',
    problem_type: 'multiple choice',
    options: ['A. left', 'B. right'],
    process: `<think>The question asks about ${'circle '.repeat(1 + (id % 3))}${id}. It moves left.</think>`,
    solution: `<answer>${id % 2 === 0 ? 'A' : 'B'}</answer>`,
    path: `clip-${id}.mp4`,
  };
}

/** The prompt of a sample with its clip of noise. */
export function tinyPrompt(sample: Sample, mode: 'think' | 'direct' = 'think'): Prompt {
  const id = Number(sample.problem_id);
  return {
    id: String(id),
    messages: trainingMessages(sample, { mode, profile: 'micro' }),
    clip: noiseClip(id, sample.data_type === 'image' ? 1 : 2 + 2 * (id % 2)),
  };
}

/** Prompts of unequal lengths: videos, images and one without any media. */
export function tinyPrompts(count: number): Prompt[] {
  return Array.from({ length: count }, (_, i): Prompt => {
    if (i === 2) return { id: 'text', messages: [{ role: 'user', content: 'Which way?' }] };
    return tinyPrompt(tinySample(i, `Which way does the red circle move${' to the left'.repeat(i % 3)}?`));
  });
}

/** A step of the optimizer that moves the tiny model visibly. */
export const tinyAdam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };

/** Random completions of the given lengths after the prompts. */
export function tinySequences(prompts: readonly Prompt[], lengths: readonly number[], seed = 5): Sequence[] {
  const rng = createRng(seed);
  return lengths.map((n, i) => ({
    prompt: prompts[i % prompts.length],
    tokens: Array.from({ length: n }, () => rng.int(256)),
  }));
}
