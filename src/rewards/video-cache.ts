// Every video is decoded and embedded once, however many completions are scored against it; those used least recently go where the bound is
// reached. Keeps the pooled embedding only (one vector per video with Eq. 5). Leaves out: persistence between runs.
import { VideorftError } from '../base/errors.ts';
import type { Clip } from '../media/frame.ts';
import type { Embedder } from './embedder.ts';
import { type Directions, directionsOf, type Pooling } from './semantic.ts';

/** A clip, or how to decode it: called only when its embedding is not known yet. */
export type ClipSource = Clip | (() => Clip | Promise<Clip>);

export class VideoEmbeddingCache {
  readonly embedder: Embedder;
  readonly pooling: Pooling;
  readonly #maxBytes: number;
  readonly #known = new Map<string, Promise<Directions>>();
  /** Bytes of each video whose embedding is there. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  /** `maxBytes`: what embeddings may take; default: as much as there are videos. */
  constructor(embedder: Embedder, pooling: Pooling = 'mean-embedding', maxBytes = Number.POSITIVE_INFINITY) {
    this.embedder = embedder;
    this.pooling = pooling;
    this.#maxBytes = maxBytes;
  }

  /** Videos embedded or being embedded. */
  get size(): number {
    return this.#known.size;
  }

  /** What the cache holds and did so far; a video that was being embedded already is a hit. */
  get stats(): { readonly videos: number; readonly bytes: number; readonly hits: number; readonly misses: number } {
    return { videos: this.#known.size, bytes: this.#bytes, hits: this.#hits, misses: this.#misses };
  }

  /** Directions of one video; concurrent calls for a key share one embedding, a failure is not kept. */
  get(key: string, clip: ClipSource): Promise<Directions> {
    const known = this.#known.get(key);
    if (known) {
      this.#hits++;
      this.#known.delete(key); // and set again: the newest is last
      this.#known.set(key, known);
      return known;
    }
    this.#misses++;
    const embedding = this.#embed(key, clip);
    this.#known.set(key, embedding);
    embedding.then(
      (directions) => this.#keep(key, directions),
      () => this.#known.delete(key),
    );
    return embedding;
  }

  #keep(key: string, directions: Directions): void {
    const bytes = directions.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#sizes.set(key, bytes);
    this.#bytes += bytes;
    for (const oldest of this.#known.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      const size = this.#sizes.get(oldest);
      if (size === undefined) continue; // it is being embedded
      this.#known.delete(oldest);
      this.#sizes.delete(oldest);
      this.#bytes -= size;
    }
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
