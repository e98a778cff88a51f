// The compiled programs of generation, one per shape, built on first use: prompts into their caches, and one token of every row.
// Leaves out: what is fed to them (prefill.ts, decoder.ts).
import { type Buffer, type Compiled, compile, ProgramCache, type SessionOptions } from '../engine/index.ts';
import type { Batch, DecodeShape, VideoLanguageModel } from './port.ts';

export class GenerationPrograms {
  private readonly made = new ProgramCache();
  private readonly model: VideoLanguageModel;
  private readonly options: SessionOptions;

  constructor(model: VideoLanguageModel, options: SessionOptions = {}) {
    this.model = model;
    this.options = options;
  }

  /** Output logprobs [rows, V]; fills caches of `capacity` tokens in place. */
  prefill(batch: Batch, capacity: number): Promise<Compiled> {
    return this.made.get(`prefill|${batch.key}|${capacity}`, async () => {
      const layered = await this.model.layered?.(this.options);
      if (layered) return layered.prefill(batch, capacity);
      const { logprobs, updates } = this.model.prefillGraph(batch, capacity);
      return compile({ logprobs }, updates, this.options);
    });
  }

  /** Outputs logprobs [rows, V] and the new tokens' keys and values. */
  decode(shape: DecodeShape): Promise<Compiled> {
    const { blocks, perBlock, promptCapacity, ownCapacity } = shape;
    return this.made.get(`decode|${[blocks, perBlock, promptCapacity, ownCapacity].join()}`, async () => {
      const layered = await this.model.layered?.(this.options);
      if (layered) return layered.decode(shape);
      const { logprobs, tokens } = this.model.decodeGraph(shape);
      return compile({ logprobs, ...tokens }, [], this.options);
    });
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
