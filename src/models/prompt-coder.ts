// What a prompt is to a model whose weights are elsewhere: chat template, token ids, and how many tokens a picture takes. Read from a model
// folder without its weights; a model that takes text only needs nothing but a tokenizer and the end of its turn.
// Leaves out: pixels as a model computes with them.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { isFile } from '../base/if-present.ts';
import type { Message } from '../prompt/messages.ts';
import { readModelJson } from './load.ts';
import type { TokenizerPort } from './port.ts';
import { type ModelConfig, parseModelConfig } from './qwen2_5_vl/config.ts';
import { PREPROCESSOR_FILE } from './qwen2_5_vl/preprocessor.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer/load.ts';

export interface MediaTokens {
  /** Placeholders that the chat template puts once per picture or video. */
  readonly image: number;
  readonly video: number;
  /** What stands around each. */
  readonly start: number;
  readonly end: number;
  /** Tokens of a picture of this size in pixels. */
  tokensOf(width: number, height: number): number;
}

export interface PromptCoder {
  readonly tokenizer: TokenizerPort;
  /** Ends an assistant turn. */
  readonly endOfTurn: number;
  /** Undefined: the model takes text only. */
  readonly media: MediaTokens | undefined;
  /** Generation prompt included, one placeholder per picture or video. */
  encodeChat(messages: readonly Message[]): number[];
  /** Copies the files that make a folder of this model's prompts. */
  saveFiles(dir: string): Promise<void>;
}

function mediaTokens(config: ModelConfig): MediaTokens {
  const side = config.vision.patch_size * config.vision.spatial_merge_size;
  return {
    image: config.image_token_id,
    video: config.video_token_id,
    start: config.vision_start_token_id,
    end: config.vision_end_token_id,
    tokensOf: (width, height) => Math.ceil(width / side) * Math.ceil(height / side),
  };
}

export interface CoderParts {
  readonly tokenizer: Tokenizer;
  readonly endOfTurn: number;
  /** Of a model that takes pictures. */
  readonly config?: ModelConfig;
  readonly saveFiles?: (dir: string) => Promise<void>;
}

export const promptCoder = ({ tokenizer, endOfTurn, config, saveFiles }: CoderParts): PromptCoder => ({
  tokenizer,
  endOfTurn,
  media: config && mediaTokens(config),
  encodeChat: (messages) => tokenizer.encodeChat(messages),
  saveFiles: saveFiles ?? ((dir) => tokenizer.saveFiles(dir)),
});

const COPIED = ['config.json', PREPROCESSOR_FILE, 'generation_config.json'];

/** Opens a model folder for its prompts alone. Errors: model-folder, model-config, tokenizer-…. */
export async function loadPromptCoder(dir: string): Promise<PromptCoder> {
  const json = (await readModelJson(dir)) as { vision_config?: unknown; eos_token_id?: number | number[] };
  const config = json.vision_config === undefined ? undefined : parseModelConfig(json);
  const tokenizer = await loadTokenizer(dir);
  const endOfTurn = config?.eos_token_id ?? [json.eos_token_id].flat()[0];
  if (endOfTurn === undefined)
    throw new VideorftError('config.json does not say which token ends a turn', {
      code: 'model-config',
      facts: { file: join(dir, 'config.json') },
      fix: 'set eos_token_id',
    });
  const saveFiles = async (to: string) => {
    await mkdir(to, { recursive: true });
    await tokenizer.saveFiles(to);
    for (const name of COPIED) if (await isFile(join(dir, name))) await copyFile(join(dir, name), join(to, name));
  };
  return promptCoder({ tokenizer, endOfTurn, config, saveFiles });
}
