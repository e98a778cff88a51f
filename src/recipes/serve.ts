// A model folder behind the chat protocol. Leaves out: the server itself (serve/).
import { basename, resolve } from 'node:path';
import type { SessionOptions } from '../engine/index.ts';
import { loadTokenizer, loadVideoLanguageModel } from '../models/index.ts';
import { type RunningServer, type ServeOptions, startServer } from '../serve/index.ts';
import { type ProfileName, profiles } from './clips.ts';
import { microBase, modelFolder, profileOf } from './shipped.ts';

export interface ServeRecipe {
  /** A folder or a run directory; undefined: the shipped micro model. */
  readonly model: string | undefined;
  readonly profile: ProfileName | undefined;
  readonly session: SessionOptions;
  readonly options: ServeOptions;
}

/** Loads the model and listens. Errors: model-…, tokenizer-…, serve-no-key, listen. */
export async function serveModel({ model, profile, session, options }: ServeRecipe) {
  const folder = model === undefined ? microBase : await modelFolder(model);
  const name = options.name ?? basename(resolve(model ?? microBase));
  const view = profiles[profile ?? (await profileOf(folder, 'paperEval'))].video;
  const [loaded, tokenizer] = [await loadVideoLanguageModel(folder), await loadTokenizer(folder)];
  const server: RunningServer = await startServer({ name, model: loaded, tokenizer, profile: view, session }, options);
  return { name, server };
}
