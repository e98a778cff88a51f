// The compiled programs of generation, one per shape, built on first use: prompts into their caches, and one token of every row. And the
// caches, where the programs run: in host memory the host writes them, on a GPU programs do.
// Leaves out: what is fed to them (prefill.ts, decoder.ts).
import {
  type Buffer,
  type Compiled,
  compile,
  type Device,
  i32,
  ProgramCache,
  type SessionOptions,
  zeroBuffer,
} from '../engine/index.ts';
import { appendTokens, cacheNames, copyRows, createCache, type KvCache, type RowCopy } from './cache.ts';
import { appendUpdates, copyFeeds, copyUpdates } from './device-cache.ts';
import type { Batch, DecodeShape, VideoLanguageModel } from './port.ts';

export class GenerationPrograms {
  private readonly made: ProgramCache;
  private readonly model: VideoLanguageModel;
  private readonly options: SessionOptions;

  constructor(model: VideoLanguageModel, options: SessionOptions = {}) {
    this.model = model;
    this.options = options;
    this.made = new ProgramCache(options.device);
  }

  /** Output logprobs [rows, V]; fills caches of `capacity` tokens in place. */
  prefill(batch: Batch, capacity: number): Promise<Compiled> {
    return this.made.get(`prefill|${batch.key}|${capacity}`, async () => {
      const layered = await this.model.layered?.(this.options);
      if (layered) return layered.prefill(batch, capacity);
      const { logprobs, updates } = this.model.prefillGraph(batch, capacity, this.device);
      return compile({ logprobs }, updates, this.options);
    });
  }

  private decodeProgram(shape: DecodeShape): Promise<Compiled> {
    const { blocks, perBlock, promptCapacity, ownCapacity } = shape;
    return this.made.get(`decode|${[blocks, perBlock, promptCapacity, ownCapacity].join()}`, async () => {
      const layered = await this.model.layered?.(this.options);
      if (layered) return layered.decode(shape);
      const graph = this.model.decodeGraph(shape, this.device);
      const { logprobs, tokens } = graph;
      if (this.device === 'cpu') return compile({ logprobs, ...tokens }, [], this.options);
      return compile({ logprobs }, appendUpdates(graph), this.options);
    });
  }

  /**
   * Log-probabilities [rows, V] of the token after each row's last, whose keys and values are appended to the rows' own caches at
   * `slots`[rows].
   */
  async decode(
    shape: DecodeShape,
    own: KvCache,
    slots: readonly number[],
    feeds: Readonly<Record<string, Buffer>>,
  ): Promise<Float32Array> {
    const program = await this.decodeProgram(shape);
    const places: Record<string, Buffer> = this.device === 'cpu' ? {} : { slots: i32(slots, [slots.length]) };
    const { logprobs, ...tokens } = await program.run({ ...feeds, ...own.feeds, ...places });
    if (this.device === 'cpu') appendTokens(own, tokens, slots);
    return logprobs.data as Float32Array;
  }

  /** An empty cache. */
  async createCache(rows: number, capacity: number): Promise<KvCache> {
    if (this.device === 'cpu') return createCache(this.model, rows, capacity);
    const { layers, kvHeads, headDim } = this.model;
    const feeds: Record<string, Buffer> = {};
    for (const name of cacheNames(layers))
      feeds[name] = await zeroBuffer([rows, kvHeads, capacity, headDim], this.device);
    return { rows, capacity, feeds };
  }

  async copyRows(source: KvCache, target: KvCache, copies: readonly RowCopy[]): Promise<void> {
    if (copies.length === 0) return;
    if (this.device === 'cpu') return copyRows(source, target, copies);
    const key = `copy|${[source.rows, source.capacity, target.rows, target.capacity].join()}`;
    const program = await this.made.get(key, () => compile({}, copyUpdates(source, target), this.options));
    await program.run(copyFeeds(source, target, copies));
  }

  private get device(): Device {
    return this.options.device ?? 'cpu';
  }

  async dispose(): Promise<void> {
    await this.made.dispose();
  }
}

/** A model, the programs compiled for it, and the weights they read, by published name. */
export interface Inference {
  readonly model: VideoLanguageModel;
  readonly programs: GenerationPrograms;
  readonly weights: Readonly<Record<string, Buffer>>;
}
