// Opens a model folder: config.json decides the architecture. The only place that maps model_type to code.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { readTextIfPresent, statIfPresent } from '../base/if-present.ts';
import { createRng } from '../base/rng.ts';
import type { Buffer, QuantizedMatrix } from '../engine/index.ts';
import { readModelWeightsAs } from './files.ts';
import { mergeAdapter, newAdapter } from './lora/adapter.ts';
import { ADAPTER_CONFIG, type Adapter, type PeftConfig, readAdapter, readAdapterConfig } from './lora/files.ts';
import { chooseModules, type LoraSettings } from './lora/settings.ts';
import type { VideoLanguageModel } from './port.ts';
import { quantizeBuffer } from './quantize.ts';
import { parseModelConfig } from './qwen2_5_vl/config.ts';
import { weightShapes } from './qwen2_5_vl/graphs.ts';
import { qwenModel } from './qwen2_5_vl/index.ts';
import { headName, kindOf, sizeOfShapes } from './qwen2_5_vl/kinds.ts';
import { moduleNames, publishedName, towers } from './qwen2_5_vl/names.ts';
import { checkPreprocessor, PREPROCESSOR_FILE } from './qwen2_5_vl/preprocessor.ts';
import type { OnRead } from './read-tensors.ts';
import { heldAs, type ModelSize, refuseWhatDoesNotFit, type WeightType } from './size.ts';
import { TOKENIZER_FILE } from './tokenizer/files.ts';
import { loadTokenizer } from './tokenizer/load.ts';
import type { LowRankModules } from './weights.ts';

/** config.json of a folder, parsed. Throws 'model-folder' naming the file. */
export async function readModelJson(dir: string): Promise<unknown> {
  const file = join(dir, 'config.json');
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new VideorftError('this folder holds no model that can be read', {
      code: 'model-folder',
      facts: { file },
      fix: 'name a folder with config.json, tokenizer.json, tokenizer_config.json and the weights',
      cause,
    });
  }
}

export interface OpenOptions {
  /** Folder of the base of an adapter that names none. */
  readonly base?: string;
  /** A new adapter, which training then changes in place of the weights; of rank 0: none. */
  readonly lora?: LoraSettings;
  /** Of the new adapter's initial weights. */
  readonly seed?: number;
  /** What the new adapter calls its base. */
  readonly baseName?: string;
  /** An adapter's updates become part of the weights where these are f32: as fast as without, but no adapter any more. */
  readonly merge?: boolean;
  /**
   * How matrices are held in memory. Default f32, which alone can be trained without an adapter; with one, f16 too. A model of int8 or int4 can
   * only be asked: its language layers are computed with as integers.
   */
  readonly dtype?: WeightType;
  readonly onRead?: OnRead;
}

function baseOf(dir: string, { base_model_name_or_path: named }: PeftConfig, { base }: OpenOptions): string {
  const folder = named || base;
  if (folder) return folder;
  throw new VideorftError('the adapter names no base model', {
    code: 'lora-base',
    facts: { dir },
    fix: `put the base model's folder into base_model_name_or_path of ${ADAPTER_CONFIG}`,
  });
}

/** Whose base is what `dir` holds when it is no adapter. */
async function loadBase(dir: string, dtype: WeightType, onRead?: OnRead) {
  const config = parseModelConfig(await readModelJson(dir));
  const shapes = weightShapes(config);
  refuseWhatDoesNotFit(dir, sizeOfShapes(shapes), dtype);
  const held = (name: string, shape: readonly number[]) => heldAs(kindOf(name, shape), dtype);
  const weights: Record<string, Buffer> = {};
  const quantized = typeof heldAs('layer', dtype) === 'number' ? new Map<string, QuantizedMatrix>() : undefined;
  for (const [name, w] of Object.entries(await readModelWeightsAs(dir, shapes, publishedName, held, onRead)))
    if ('bits' in w) quantized?.set(name, w);
    else weights[name] = w;
  const [head, bits] = [headName(shapes), heldAs('head', dtype)];
  if (typeof bits === 'number' && weights[head]) quantized?.set(head, quantizeBuffer(weights[head], bits));
  return { config, shapes, weights, quantized };
}

/** What the config.json of a folder says of the model's size; nothing else is read. Errors: model-folder, model-config. */
export const modelSize = async (dir: string): Promise<ModelSize> =>
  sizeOfShapes(weightShapes(parseModelConfig(await readModelJson(dir))));

export const isAdapter = async (dir: string): Promise<boolean> => (await readAdapterConfig(dir)) !== undefined;

/** The folder that holds the tokenizer and preprocessor of what `dir` holds: an adapter's own, or its base's. Throws 'lora-base'. */
export async function companionFolder(dir: string, options: OpenOptions = {}): Promise<string> {
  const peft = await readAdapterConfig(dir);
  if (!peft || (await statIfPresent(join(dir, TOKENIZER_FILE)))) return dir;
  return baseOf(dir, peft, options);
}

/**
 * preprocessor_config.json of what `dir` holds, or of its base; undefined where there is none. Errors: lora-base, model-preprocessor (not
 * JSON), which names the file.
 */
export async function readPreprocessor(
  dir: string,
  options: OpenOptions = {},
): Promise<{ readonly file: string; readonly json: { readonly max_pixels?: number } } | undefined> {
  const file = join(await companionFolder(dir, options), PREPROCESSOR_FILE);
  const text = await readTextIfPresent(file);
  if (text === undefined) return undefined;
  try {
    return { file, json: JSON.parse(text) };
  } catch (cause) {
    const fix = 'give the file that the model was published with, or remove it for the usual settings';
    throw new VideorftError(`${PREPROCESSOR_FILE} is not JSON`, {
      code: 'model-preprocessor',
      facts: { file },
      fix,
      cause,
    });
  }
}

/**
 * Opens a model folder, or an adapter's (PEFT) with the base that it names.
 * Errors: model-folder, model-config, model-weights, model-memory, safetensors, tokenizer-…, lora-….
 */
export async function loadVideoLanguageModel(dir: string, options: OpenOptions = {}): Promise<VideoLanguageModel> {
  const peft = await readAdapterConfig(dir);
  const { config, shapes, weights, quantized } = await loadBase(
    peft ? baseOf(dir, peft, options) : dir,
    options.dtype ?? 'f32',
    options.onRead,
  );
  const adapter = peft ? await readAdapter(dir, peft, shapes, moduleNames) : freshAdapter(shapes, options);
  if (peft && adapter && options.lora?.rank)
    requireSame(dir, adapter.modules, chooseModules(shapes, options.lora, towers));
  const merge = options.merge === true && (options.dtype ?? 'f32') === 'f32';
  if (adapter && merge) await mergeAdapter(weights, adapter);
  const preprocessor = await readPreprocessor(dir, options);
  if (preprocessor) checkPreprocessor(preprocessor.json, config.vision, preprocessor.file);
  const tokenizer = await loadTokenizer(await companionFolder(dir, options));
  return qwenModel(config, weights, tokenizer, preprocessor?.json, merge ? undefined : adapter, quantized);
}

function freshAdapter(
  shapes: ReturnType<typeof weightShapes>,
  { lora, seed = 0, baseName }: OpenOptions,
): Adapter | undefined {
  if (!lora?.rank) return undefined;
  return newAdapter(shapes, lora, towers, createRng(seed).fork('lora'), baseName);
}

/** An adapter is trained on as it is: another rank or other layers would need a base that lies in no folder. */
function requireSame(dir: string, has: LowRankModules, wants: LowRankModules): void {
  const text = (modules: LowRankModules) => JSON.stringify([...modules].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (text(has) === text(wants)) return;
  const kind = (modules: LowRankModules) =>
    `${modules.size} layers of rank ${[...new Set([...modules.values()].map(({ rank }) => rank))].join(', ')}`;
  throw new VideorftError(`the folder holds an adapter of another kind: ${kind(has)}, not ${kind(wants)}`, {
    code: 'lora-settings',
    facts: { dir },
    fix: 'leave the lora settings out to train it on, or merge it first: videorft merge',
  });
}
