// A folder as the embedder of the semantic reward and of the curation filter: config.json decides the architecture.
import { VideorftError } from '../base/errors.ts';
import type { SessionOptions } from '../engine/index.ts';
import { loadClipModel } from './clip/index.ts';
import type { DualEncoder } from './dual_encoder/embedder.ts';
import { readModelJson } from './load.ts';
import { loadSiglip } from './siglip/index.ts';

const loaders: Readonly<Record<string, typeof loadSiglip>> = { siglip: loadSiglip, clip: loadClipModel };

/** Errors: model-folder, model-config (an architecture that cannot be run), model-preprocessor, model-weights, tokenizer-files. */
export async function loadEmbedder(dir: string, options: SessionOptions = {}): Promise<DualEncoder> {
  const json = await readModelJson(dir);
  const kind = String((json as { model_type?: unknown } | null)?.model_type);
  const load = Object.hasOwn(loaders, kind) ? loaders[kind] : undefined;
  if (!load)
    throw new VideorftError('this folder holds no embedder: its config.json is of another model', {
      code: 'model-config',
      facts: { dir, model_type: kind },
      fix: `give the folder of a model of type ${Object.keys(loaders).join(' or ')}`,
    });
  return load(dir, json, options);
}
