// The tokenizer files of a model folder as data: read, written, with the fields that our code looks at typed.
// Leaves out: what they mean (load.ts), how a small one is made (train-bpe.ts).

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent } from '../../base/if-present.ts';

export const TOKENIZER_FILE = 'tokenizer.json';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  /** Control tokens are special: they never come from a user's text and decoding can leave them out. */
  readonly special: boolean;
}

/** tokenizer.json, as far as it is looked at here. */
export interface TokenizerJson {
  readonly added_tokens: readonly AddedToken[];
  readonly decoder: { readonly type: string; readonly [key: string]: unknown } | null;
  readonly model: {
    readonly type: string;
    /** Ids by token; of Unigram models tokens with their scores, in the order of ids. */
    readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** tokenizer_config.json, as far as it is looked at here. */
export interface TokenizerConfigJson {
  readonly chat_template?: string;
  readonly [key: string]: unknown;
}

export interface TokenizerFiles {
  readonly tokenizer: TokenizerJson;
  readonly config: TokenizerConfigJson;
}

async function readJson<T>(file: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new VideorftError('a tokenizer file is not JSON', { code: 'tokenizer-files', facts: { file }, cause });
  }
}

/**
 * The chat template is in chat_template.json, chat_template.jinja or tokenizer_config.json, depending on who wrote the folder; where several
 * have one, the first goes before, as in AutoProcessor: a tokenizer's own may know no pictures. Of several by name, 'default'.
 */
async function readTemplate(dir: string, own: unknown): Promise<string | undefined> {
  const apart = await readJson<{ chat_template?: string }>(join(dir, 'chat_template.json'));
  if (apart?.chat_template) return apart.chat_template;
  const raw = await readTextIfPresent(join(dir, 'chat_template.jinja'));
  if (raw !== undefined) return raw;
  if (Array.isArray(own))
    return (own as { name: string; template: string }[]).find(({ name }) => name === 'default')?.template;
  return typeof own === 'string' ? own : undefined;
}

/**
 * Reads tokenizer.json, tokenizer_config.json and the chat template of a model folder.
 * @throws VideorftError 'tokenizer-files' when tokenizer.json is missing or broken.
 */
export async function readTokenizerFiles(dir: string): Promise<TokenizerFiles> {
  const tokenizer = await readJson<TokenizerJson>(join(dir, TOKENIZER_FILE));
  if (!tokenizer?.model?.vocab)
    throw new VideorftError('the folder has no usable tokenizer.json', {
      code: 'tokenizer-files',
      facts: { dir },
      fix: 'give a model folder with tokenizer.json (vocab.json and merges.txt alone are not enough)',
    });
  const config = (await readJson<TokenizerConfigJson>(join(dir, 'tokenizer_config.json'))) ?? {};
  return { tokenizer, config: { ...config, chat_template: await readTemplate(dir, config.chat_template) } };
}

/**
 * Writes the files that transformers' Qwen2TokenizerFast opens, and the chat template once more in chat_template.json, as
 * published: AutoProcessor looks for it there.
 */
export async function writeTokenizerFiles(dir: string, { tokenizer, config }: TokenizerFiles): Promise<void> {
  await writeFileAtomic(join(dir, TOKENIZER_FILE), `${JSON.stringify(tokenizer, null, 2)}\n`);
  await writeFileAtomic(join(dir, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
  const { chat_template } = config;
  if (chat_template === undefined) return;
  await writeFileAtomic(join(dir, 'chat_template.json'), `${JSON.stringify({ chat_template }, null, 2)}\n`);
}
