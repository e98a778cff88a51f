// A folder as the embedder of the semantic reward and of the curation filter: config.json decides the architecture.
// Leaves out: CLIP.
import type { SessionOptions } from '../engine/index.ts';
import { loadSiglip, type SiglipEmbedder } from './siglip/index.ts';

/** Errors: model-folder, model-config (an architecture that cannot be run), model-weights. */
export const loadEmbedder = (dir: string, options: SessionOptions = {}): Promise<SiglipEmbedder> =>
  loadSiglip(dir, options);
