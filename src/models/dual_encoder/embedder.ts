// A model of two towers as the semantic reward's embedder (rewards/embedder.ts describes the port): rows go through in a few fixed
// sizes, so that few graphs are compiled. siglip/ and clip/ say what their towers are.
import {
  type Buffer,
  type Compiled,
  compile,
  type Node,
  ProgramCache,
  type SessionOptions,
} from '../../engine/index.ts';
import type { Frame } from '../../media/frame.ts';
import { graphWeights, type Weights } from '../weights.ts';
import type { TextTokens } from './texts.ts';

type Feeds = Record<string, Buffer>;

export interface Towers {
  /** Shapes of all weights, by published name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly tokens: TextTokens;
  /** Feeds of `textGraph` for token rows. */
  readonly textFeeds: (rows: readonly (readonly number[])[]) => Feeds;
  /** Embeddings [count, D], L2-normalized. */
  readonly textGraph: (count: number, w: Weights) => Node;
  /** A frame at the size that the image tower reads. */
  readonly resize: (frame: Frame) => Frame;
  readonly imageFeeds: (frames: readonly Frame[]) => Feeds;
  readonly imageGraph: (count: number, w: Weights) => Node;
  /** Bytes of one frame's attention weights: what bounds how many frames run together. */
  readonly imageAttentionBytes: number;
}

/** Rows that run together; a part batch is filled up to the next size with its last row. */
const SIZES = [1, 8, 32];
/** Attention weights of frames that run together stay below this. */
const MOST_BYTES = 512 * 1024 * 1024;

export class DualEncoder {
  readonly name: string;
  private readonly towers: Towers;
  private readonly weights: Feeds;
  private readonly options: SessionOptions;
  private readonly programs: ProgramCache;

  constructor(name: string, towers: Towers, weights: Feeds, options: SessionOptions = {}) {
    this.name = name;
    this.towers = towers;
    this.weights = weights;
    this.options = options;
    this.programs = new ProgramCache(options.device);
  }

  /** L2-normalized text embeddings, one per text, of at most `maxTokens` tokens, special ones included. */
  embedTexts(texts: readonly string[], maxTokens: number): Promise<Float32Array[]> {
    const rows = texts.map((text) => this.towers.tokens(text, maxTokens));
    return this.inChunks('text', rows, this.towers.textFeeds, SIZES);
  }

  /** L2-normalized image embeddings, one per frame. */
  embedFrames(frames: readonly Frame[]): Promise<Float32Array[]> {
    const { imageFeeds, imageAttentionBytes, resize } = this.towers;
    const sizes = SIZES.filter((size) => size === 1 || size * imageAttentionBytes <= MOST_BYTES);
    return this.inChunks('image', frames.map(resize), imageFeeds, sizes);
  }

  private async inChunks<T>(
    tower: 'text' | 'image',
    rows: readonly T[],
    feedsOf: (rows: readonly T[]) => Feeds,
    sizes: readonly number[],
  ): Promise<Float32Array[]> {
    const out: Float32Array[] = [];
    while (out.length < rows.length) {
      const from = out.length;
      const size = sizes.find((s) => s >= rows.length - from) ?? sizes[sizes.length - 1];
      const to = Math.min(rows.length, from + size);
      const filled = Array.from({ length: size }, (_, i) => rows[Math.min(from + i, to - 1)]);
      const program = await this.program(tower, size);
      const { data, shape } = (await program.run({ ...this.weights, ...feedsOf(filled) })).embeddings;
      for (let i = 0; i < to - from; i++) out.push((data as Float32Array).slice(i * shape[1], (i + 1) * shape[1]));
    }
    return out;
  }

  private program(tower: 'text' | 'image', size: number): Promise<Compiled> {
    return this.programs.get(`${tower}${size}`, () => {
      const w = graphWeights(this.towers.shapes);
      const { textGraph, imageGraph } = this.towers;
      return compile({ embeddings: (tower === 'text' ? textGraph : imageGraph)(size, w) }, [], this.options);
    });
  }

  async close(): Promise<void> {
    await this.programs.dispose();
  }
}
