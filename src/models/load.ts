// Opens a model folder: config.json decides the architecture. The only place that maps model_type to code.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { readTextIfPresent } from '../base/if-present.ts';
import { readModelWeights } from './files.ts';
import type { VideoLanguageModel } from './port.ts';
import { parseModelConfig } from './qwen2_5_vl/config.ts';
import { publishedName, weightShapes } from './qwen2_5_vl/graphs.ts';
import { PREPROCESSOR_FILE, qwenModel } from './qwen2_5_vl/index.ts';
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

/** Weights in f32. Errors: model-folder, model-config, model-weights, safetensors, tokenizer-…. */
export async function loadVideoLanguageModel(dir: string): Promise<VideoLanguageModel> {
  const config = parseModelConfig(await readModelJson(dir));
  const weights = await readModelWeights(dir, weightShapes(config), publishedName);
  return qwenModel(config, weights, await loadTokenizer(dir), await readPreprocessor(dir));
}
