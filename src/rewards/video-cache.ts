// Every video is decoded and embedded once per run, however many completions are scored against it.
// Keeps the pooled embedding only (one vector per video with Eq. 5). Leaves out: persistence between runs.
import { VideorftError } from '../base/errors.ts';
import type { Clip } from '../media/frame.ts';
import type { Embedder } from './embedder.ts';
import { type Directions, directionsOf, type Pooling } from './semantic.ts';

/** A clip, or how to decode it: called only when its embedding is not known yet. */
export type ClipSource = Clip | (() => Clip | Promise<Clip>);

export class VideoEmbeddingCache {
  readonly embedder: Embedder;
  readonly pooling: Pooling;
  readonly #known = new Map<string, Promise<Directions>>();

  constructor(embedder: Embedder, pooling: Pooling = 'mean-embedding') {
    this.embedder = embedder;
    this.pooling = pooling;
  }

  /** Videos embedded or being embedded. */
  get size(): number {
    return this.#known.size;
  }

  /** Directions of one video; concurrent calls for a key share one embedding, a failure is not kept. */
  get(key: string, clip: ClipSource): Promise<Directions> {
    const known = this.#known.get(key);
    if (known) return known;
    const embedding = this.#embed(key, clip);
    this.#known.set(key, embedding);
    embedding.catch(() => this.#known.delete(key));
    return embedding;
  }

  async #embed(key: string, clip: ClipSource): Promise<Directions> {
    const { frames } = typeof clip === 'function' ? await clip() : clip;
    const frames_FD = frames.length === 0 ? [] : await this.embedder.embedFrames(frames);
    if (frames_FD.length !== frames.length) {
      throw new VideorftError('The embedder returned another number of embeddings than it got frames.', {
        code: 'embedding-broken',
        facts: { media: key, embedder: this.embedder.name, expected: frames.length, got: frames_FD.length },
      });
    }
    return directionsOf(frames_FD, this.pooling);
  }
}
