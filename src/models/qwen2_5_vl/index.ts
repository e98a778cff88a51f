// Qwen2.5-VL behind the port: config, weights and tokenizer together answer what the rest of the house asks of a model.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import type { Buffer, Device, QuantizedMatrix, SessionOptions } from '../../engine/index.ts';
import { readModelWeights, writeWeights } from '../files.ts';
import { ADAPTER_CONFIG, type Adapter, readAdapter, readAdapterConfig, writeAdapter } from '../lora/files.ts';
import type { Batch, LayeredPrograms, TokenizerPort, VideoLanguageModel } from '../port.ts';
import type { WeightsOptions } from '../weights.ts';
import { type LaidOut, prefillBatch, scoringBatch } from './batch.ts';
import { cacheHeadDim } from './cached.ts';
import { type ModelConfig, writeModelConfig } from './config.ts';
import { decodeGraph, logprobGraph, prefillGraph, weightShapes } from './graphs.ts';
import { LayeredModel } from './layered.ts';
import { moduleNames, publishedName } from './names.ts';
import { preparePrompt } from './prepare.ts';
import { PREPROCESSOR_FILE } from './preprocessor.ts';
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

/** Batches come back from the backend as `Batch`; they were laid out here. */
const laidOut = (batch: Batch) => batch as LaidOut;

interface Folder {
  readonly config: ModelConfig;
  readonly tokenizer: ModelTokenizer;
  readonly preprocessor?: object;
  readonly adapter?: Adapter;
}

/** Writes what the port's `save` says. */
async function saveFolder(
  { config, tokenizer, preprocessor, adapter }: Folder,
  dir: string,
  values: Readonly<Record<string, Buffer>>,
  dtype: 'f32' | 'f16' | 'bf16',
): Promise<void> {
  await mkdir(dir, { recursive: true });
  await tokenizer.saveFiles?.(dir);
  if (preprocessor) await writeFile(join(dir, PREPROCESSOR_FILE), `${JSON.stringify(preprocessor, null, 2)}\n`);
  if (adapter) return writeAdapter(dir, adapter, values, moduleNames);
  const torch = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' }[dtype];
  await writeFile(join(dir, 'config.json'), `${JSON.stringify(writeModelConfig(config, torch), null, 2)}\n`);
  await writeWeights(dir, values, dtype);
}

/** Trainable weights of a folder that `saveFolder` wrote. */
async function readTrainable({ config, adapter }: Folder, dir: string): Promise<Record<string, Buffer>> {
  const shapes = weightShapes(config);
  if (!adapter) return readModelWeights(dir, shapes, publishedName);
  return (await readAdapter(dir, adapter.config, shapes, moduleNames)).weights;
}

/** The adapter of another folder, for a model that has none. */
async function readFresh({ config, adapter }: Folder, dir: string): Promise<Adapter> {
  if (adapter)
    throw new VideorftError('the model holds an adapter already', {
      code: 'lora-adapter',
      facts: { dir },
      fix: 'merge it first: videorft merge',
    });
  const peft = await readAdapterConfig(dir);
  if (peft) return readAdapter(dir, peft, weightShapes(config), moduleNames);
  throw new VideorftError('the folder holds no adapter', {
    code: 'lora-adapter',
    facts: { dir },
    fix: `name a folder with ${ADAPTER_CONFIG} and its tensors`,
  });
}

/**
 * `base`: the weights by published name, in f32; matrices may be in f16, which are computed with as f32. With an adapter, they stay what they
 * are, and its own are trained. `quantized`: matrices that are held in a few bits instead; the model empties it, and can only be asked.
 */
export function qwenModel(
  config: ModelConfig,
  base: Record<string, Buffer>,
  tokenizer: ModelTokenizer,
  preprocessor?: object,
  adapter?: Adapter,
  quantized?: Map<string, QuantizedMatrix>,
): VideoLanguageModel {
  const { text } = config;
  const folder: Folder = { config, tokenizer, preprocessor, adapter };
  const trainable = adapter?.weights ?? base;
  const narrow = new Map(
    Object.entries(base).flatMap(([name, { dtype }]) => (dtype === 'f16' || dtype === 'bf16' ? [[name, dtype]] : [])),
  );
  const how = { adapted: adapter?.modules, narrow };
  /** A GPU has no cache that blocks of a widened weight would stay in. */
  const forward = (device: Device = 'cpu') => ({ ...how, forwardOnly: device === 'cpu' });
  const whole = quantized === undefined;
  const shapeOf = (batch: Batch) => ({ ...laidOut(batch), batch: laidOut(batch).rows });
  return {
    kind: config.model_type,
    weights: adapter ? { ...base, ...trainable } : base,
    trainable,
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
    scoreGraph: (batch) => requireWhole(whole) && logprobGraph(config, shapeOf(batch), how),
    prefillBatch: (prompts, past) => prefillBatch(config, prompts, past),
    prefillGraph: (batch, capacity, device) =>
      requireWhole(whole) && prefillGraph(config, shapeOf(batch), capacity, forward(device)),
    decodeGraph: (shape, device) => requireWhole(whole) && decodeGraph(config, shape, forward(device)),
    ...(quantized ? { layered: layeredOnce(config, forward(), quantized) } : {}),
    decodeFeeds: (positions) => ({ ...textTables(text, [...positions, ...positions, ...positions], positions.length) }),
    save: async (dir, values, dtype = 'f32') =>
      requireWhole(whole || adapter !== undefined) && saveFolder(folder, dir, values, dtype),
    async withAdapter(dir) {
      const read = requireWhole(whole) && (await readFresh(folder, dir));
      const programsKey = JSON.stringify([...read.modules].sort(([a], [b]) => (a < b ? -1 : 1)));
      return { model: qwenModel(config, base, tokenizer, preprocessor, read), programsKey };
    },
    async loadWeights(dir) {
      const loaded = await readTrainable(folder, dir);
      for (const [name, w] of Object.entries(trainable))
        (w.data as Float32Array).set(sameShape(name, w, loaded[name], dir).data as Float32Array);
    },
  };
}

function requireWhole(whole: boolean): true {
  if (whole) return true;
  throw new VideorftError('a model with matrices of few bits can be asked, not trained or saved', {
    code: 'model-quantized',
    fix: 'open it with dtype f32, f16 or bf16',
  });
}

/** Makes the programs at the first call. */
function layeredOnce(config: ModelConfig, how: WeightsOptions, quantized: Map<string, QuantizedMatrix>) {
  let made: Promise<LayeredPrograms> | undefined;
  return async (options: SessionOptions): Promise<LayeredPrograms> => {
    if ((options.device ?? 'cpu') !== 'cpu')
      throw new VideorftError('matrices of few bits are computed with on the CPU only', {
        code: 'model-quantized',
        fix: `use the device cpu, or dtype f16 on ${options.device}`,
      });
    made ??= LayeredModel.create(config, how, quantized, options).then((layered) => ({
      prefill: (batch, capacity) => layered.prefill({ ...laidOut(batch), batch: laidOut(batch).rows }, capacity),
      decode: (shape) => layered.decode(shape),
    }));
    return made;
  };
}

function sameShape(name: string, w: Buffer, loaded: Buffer | undefined, dir: string): Buffer {
  if (loaded?.shape.join() === w.shape.join()) return loaded;
  throw new VideorftError(`the folder's weights are not those of this model: ${name}`, {
    code: 'model-weights',
    facts: { dir },
  });
}
