// Opens a model folder: config.json decides the architecture. The only place that maps model_type to code.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { readTextIfPresent, statIfPresent } from '../base/if-present.ts';
import { createRng } from '../base/rng.ts';
import { readModelWeights } from './files.ts';
import { mergeAdapter, newAdapter } from './lora/adapter.ts';
import { ADAPTER_CONFIG, type Adapter, type PeftConfig, readAdapter, readAdapterConfig } from './lora/files.ts';
import { type LoraSettings, targetModules } from './lora/settings.ts';
import type { VideoLanguageModel } from './port.ts';
import { parseModelConfig } from './qwen2_5_vl/config.ts';
import { weightShapes } from './qwen2_5_vl/graphs.ts';
import { PREPROCESSOR_FILE, qwenModel } from './qwen2_5_vl/index.ts';
import { moduleNames, publishedName, towers } from './qwen2_5_vl/names.ts';
import { type ModelSize, refuseWhatDoesNotFit, sizeOfShapes, type WeightType } from './size.ts';
import { loadTokenizer } from './tokenizer/load.ts';

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

/** The folder's preprocessor_config.json, for the folders that are saved from it; undefined where there is none. */
async function readPreprocessor(dir: string): Promise<object | undefined> {
  const text = await readTextIfPresent(join(dir, PREPROCESSOR_FILE));
  return text === undefined ? undefined : (JSON.parse(text) as object);
}

const TOKENIZER_FILE = 'tokenizer.json';

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
  /** How matrices are held in memory; they are computed with as f32. Default f32, which alone can be trained without an adapter. */
  readonly dtype?: WeightType;
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
async function loadBase(dir: string, dtype: WeightType) {
  const config = parseModelConfig(await readModelJson(dir));
  const shapes = weightShapes(config);
  const narrow = (name: string) => dtype === 'f16' && shapes[name].length === 2;
  refuseWhatDoesNotFit(dir, sizeOfShapes(shapes), dtype);
  return { config, shapes, weights: await readModelWeights(dir, shapes, publishedName, narrow) };
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
 * Opens a model folder, or an adapter's (PEFT) with the base that it names.
 * Errors: model-folder, model-config, model-weights, model-memory, safetensors, tokenizer-…, lora-….
 */
export async function loadVideoLanguageModel(dir: string, options: OpenOptions = {}): Promise<VideoLanguageModel> {
  const peft = await readAdapterConfig(dir);
  const { config, shapes, weights } = await loadBase(peft ? baseOf(dir, peft, options) : dir, options.dtype ?? 'f32');
  const adapter = peft ? await readAdapter(dir, peft, shapes, moduleNames) : freshAdapter(shapes, options);
  if (peft && options.lora?.rank) requireSame(dir, peft, targetModules(shapes, options.lora, towers), options.lora);
  const merge = options.merge === true && options.dtype !== 'f16';
  if (adapter && merge) await mergeAdapter(weights, adapter);
  const companions = await companionFolder(dir, options);
  const [tokenizer, preprocessor] = [await loadTokenizer(companions), await readPreprocessor(companions)];
  return qwenModel(config, weights, tokenizer, preprocessor, merge ? undefined : adapter);
}

function freshAdapter(
  shapes: ReturnType<typeof weightShapes>,
  { lora, seed = 0, baseName }: OpenOptions,
): Adapter | undefined {
  if (!lora?.rank) return undefined;
  return newAdapter(shapes, lora, towers, createRng(seed).fork('lora'), baseName);
}

/** An adapter is trained on as it is: another rank or other layers would need a base that lies in no folder. */
function requireSame(dir: string, peft: PeftConfig, targets: string | string[], lora: LoraSettings): void {
  const [has, wants] = [
    [peft.r, peft.lora_alpha, peft.use_rslora === true, peft.target_modules],
    [lora.rank, lora.alpha, lora.rslora, targets],
  ].map((facts) => JSON.stringify(facts));
  if (has === wants) return;
  throw new VideorftError(`the folder holds an adapter of another kind: ${has}, not ${wants}`, {
    code: 'lora-settings',
    facts: { dir },
    fix: 'leave the lora settings out to train it on, or merge it first: videorft merge',
  });
}
