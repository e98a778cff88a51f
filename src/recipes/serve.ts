// A model folder behind the chat protocol. Leaves out: the server itself (serve/).
import { basename, resolve } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import type { SessionOptions } from '../engine/index.ts';
import { loadTokenizer, type WeightType } from '../models/index.ts';
import { type RunningServer, type ServeOptions, startServer } from '../serve/index.ts';
import { type ProfileName, profiles } from './clips.ts';
import { companionsOf, microBase, modelFolder, openModel, profileOf } from './shipped.ts';

export interface ServeRecipe {
  /** A folder or a run directory; undefined: the shipped micro model. */
  readonly model: string | undefined;
  readonly profile: ProfileName | undefined;
  readonly session: SessionOptions;
  /** How matrices are held in memory. */
  readonly dtype: WeightType;
  readonly options: ServeOptions;
}

/** Loads the model and listens. Errors: model-…, tokenizer-…, serve-no-key, listen. */
export async function serveModel({ model, profile, session, dtype, options }: ServeRecipe) {
  const folder = model === undefined ? microBase : await modelFolder(model);
  const name = options.name ?? basename(resolve(model ?? microBase));
  const view = profiles[profile ?? (await profileOf(folder, 'paperEval'))].video;
  const tokenizer = await loadTokenizer(await companionsOf(folder));
  if (options.adapters !== undefined && (dtype === 'int8' || dtype === 'int4'))
    throw new VideorftError(`a model held as ${dtype} takes no adapters`, {
      code: 'serve-adapters',
      fix: 'hold it as f32, f16 or bf16 (--dtype), or leave --adapters out',
    });
  const loaded = await openModel(folder, { merge: true, dtype });
  const server: RunningServer = await startServer({ name, model: loaded, tokenizer, profile: view, session }, options);
  return { name, server };
}
