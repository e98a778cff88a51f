// Qwen2.5-VL behind the port: config, weights and tokenizer together answer what the rest of the house asks of a model.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Buffer } from '../../engine/index.ts';
import { readWeights, WEIGHTS_FILE, writeWeights } from '../files.ts';
import type { Batch, TokenizerPort, VideoLanguageModel } from '../port.ts';
import { type LaidOut, prefillBatch, scoringBatch } from './batch.ts';
import { type ModelConfig, writeModelConfig } from './config.ts';
import { decodeGraph, logprobGraph, prefillGraph, weightShapes } from './graphs.ts';
import { cacheHeadDim } from './language.ts';
import { preparePrompt } from './prepare.ts';
import { textTables } from './rotary.ts';

export interface ModelTokenizer extends TokenizerPort {
  /** Renders messages by the chat template, generation prompt included, to token ids with one placeholder per image or video. */
  encodeChat?: (messages: Parameters<VideoLanguageModel['prepare']>[0]) => number[];
  /** Copies the tokenizer's files into a model folder. */
  saveFiles?: (dir: string) => Promise<void>;
}

/** Batches come back from the backend as `Batch`; they were laid out here. */
const laidOut = (batch: Batch) => batch as LaidOut;

export function qwenModel(
  config: ModelConfig,
  weights: Record<string, Buffer>,
  tokenizer: ModelTokenizer,
): VideoLanguageModel {
  const { text } = config;
  return {
    kind: config.model_type,
    weights,
    tokenizer,
    vocabSize: text.vocab_size,
    endOfTurn: config.eos_token_id ?? -1,
    forbidden: [config.image_token_id, config.video_token_id, config.vision_start_token_id, config.vision_end_token_id],
    layers: text.num_hidden_layers,
    kvHeads: text.num_key_value_heads,
    headDim: cacheHeadDim(text),
    prepare: (messages, clip) => preparePrompt(config, tokenizer, messages, clip),
    batch: (rows, temperature = 1) => scoringBatch(config, rows, temperature),
    scoreGraph: (batch) => logprobGraph(config, { ...laidOut(batch), batch: laidOut(batch).rows }),
    prefillBatch: (prompts) => prefillBatch(config, prompts),
    prefillGraph: (batch, capacity) =>
      prefillGraph(config, { ...laidOut(batch), batch: laidOut(batch).rows }, capacity),
    decodeGraph: (rows, capacity) => decodeGraph(config, rows, capacity),
    decodeFeeds: (positions) => ({ ...textTables(text, [...positions, ...positions, ...positions], positions.length) }),
    async save(dir, values, dtype = 'f32') {
      await mkdir(dir, { recursive: true });
      const torch = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' }[dtype];
      await writeFile(join(dir, 'config.json'), `${JSON.stringify(writeModelConfig(config, torch), null, 2)}\n`);
      await tokenizer.saveFiles?.(dir);
      await writeWeights(dir, values, dtype);
    },
    async loadWeights(dir) {
      const loaded = await readWeights(join(dir, WEIGHTS_FILE), weightShapes(config));
      for (const [name, w] of Object.entries(loaded)) (weights[name].data as Float32Array).set(w.data as Float32Array);
    },
  };
}
