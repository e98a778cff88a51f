// Qwen2.5-VL behind the port: config, weights and tokenizer together answer what the rest of the house asks of a model.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Buffer } from '../../engine/index.ts';
import { readModelWeights, writeWeights } from '../files.ts';
import type { Batch, TokenizerPort, VideoLanguageModel } from '../port.ts';
import { type LaidOut, prefillBatch, scoringBatch } from './batch.ts';
import { cacheHeadDim } from './cached.ts';
import { type ModelConfig, writeModelConfig } from './config.ts';
import { decodeGraph, logprobGraph, prefillGraph, publishedName, weightShapes } from './graphs.ts';
import { preparePrompt } from './prepare.ts';
import { textTables } from './rotary.ts';

export interface ModelTokenizer extends TokenizerPort {
  /** Renders messages by the chat template, generation prompt included, to token ids with one placeholder per image or video. */
  encodeChat?: (messages: Parameters<VideoLanguageModel['prepare']>[0]) => number[];
  /** Control tokens by content, and the largest token id + 1. */
  readonly special?: ReadonlyMap<string, number>;
  readonly size?: number;
  /** Copies the tokenizer's files into a model folder. */
  saveFiles?: (dir: string) => Promise<void>;
}

/** Every control token but the end of the turn, and ids that the tokenizer does not know. */
function forbiddenTokens(config: ModelConfig, tokenizer: ModelTokenizer): number[] {
  const { image_token_id, video_token_id, vision_start_token_id, vision_end_token_id, eos_token_id } = config;
  const out = new Set([image_token_id, video_token_id, vision_start_token_id, vision_end_token_id]);
  for (const id of tokenizer.special?.values() ?? []) out.add(id);
  for (let id = tokenizer.size ?? config.text.vocab_size; id < config.text.vocab_size; id++) out.add(id);
  if (eos_token_id !== undefined) out.delete(eos_token_id);
  return [...out];
}

/** What AutoProcessor of transformers needs beside the tokenizer; kept as it was read. */
export const PREPROCESSOR_FILE = 'preprocessor_config.json';

/** Batches come back from the backend as `Batch`; they were laid out here. */
const laidOut = (batch: Batch) => batch as LaidOut;

export function qwenModel(
  config: ModelConfig,
  weights: Record<string, Buffer>,
  tokenizer: ModelTokenizer,
  preprocessor?: object,
): VideoLanguageModel {
  const { text } = config;
  return {
    kind: config.model_type,
    weights,
    tokenizer,
    vocabSize: text.vocab_size,
    contextTokens: text.max_position_embeddings,
    endOfTurn: config.eos_token_id ?? -1,
    forbidden: forbiddenTokens(config, tokenizer),
    layers: text.num_hidden_layers,
    kvHeads: text.num_key_value_heads,
    headDim: cacheHeadDim(text),
    prepare: (messages, ...clips) =>
      preparePrompt(
        config,
        tokenizer,
        messages,
        clips.filter((clip) => clip !== undefined),
      ),
    batch: (rows, temperature = 1) => scoringBatch(config, rows, temperature),
    scoreGraph: (batch) => logprobGraph(config, { ...laidOut(batch), batch: laidOut(batch).rows }),
    prefillBatch: (prompts, past) => prefillBatch(config, prompts, past),
    prefillGraph: (batch, capacity) =>
      prefillGraph(config, { ...laidOut(batch), batch: laidOut(batch).rows }, capacity),
    decodeGraph: (shape) => decodeGraph(config, shape),
    decodeFeeds: (positions) => ({ ...textTables(text, [...positions, ...positions, ...positions], positions.length) }),
    async save(dir, values, dtype = 'f32') {
      await mkdir(dir, { recursive: true });
      const torch = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' }[dtype];
      await writeFile(join(dir, 'config.json'), `${JSON.stringify(writeModelConfig(config, torch), null, 2)}\n`);
      await tokenizer.saveFiles?.(dir);
      if (preprocessor) await writeFile(join(dir, PREPROCESSOR_FILE), `${JSON.stringify(preprocessor, null, 2)}\n`);
      await writeWeights(dir, values, dtype);
    },
    async loadWeights(dir) {
      const loaded = await readModelWeights(dir, weightShapes(config), publishedName);
      for (const [name, w] of Object.entries(loaded)) (weights[name].data as Float32Array).set(w.data as Float32Array);
    },
  };
}
