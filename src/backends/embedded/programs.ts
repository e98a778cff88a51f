// The compiled programs of the embedded backend, one per batch shape, built on first use: scoring, loss with gradient accumulation,
// and the optimizer step.
import {
  type AdamWOptions,
  adamw,
  add,
  type Buffer,
  type Compiled,
  compile,
  gradients,
  input,
  type Node,
  ProgramCache,
  param,
  peakBytes,
  type SessionOptions,
  type Update,
} from '../../engine/index.ts';
import type { Batch, VideoLanguageModel } from '../../models/port.ts';
import type { LossInput } from '../port.ts';
import { lossGraphs } from './losses.ts';

export class Programs {
  private readonly made: ProgramCache;
  private readonly model: VideoLanguageModel;
  private readonly options: SessionOptions;

  constructor(model: VideoLanguageModel, options: SessionOptions) {
    this.model = model;
    this.options = options;
    this.made = new ProgramCache(options.device);
  }

  private get(key: string, build: () => Promise<Compiled>): Promise<Compiled> {
    return this.made.get(key, build);
  }

  /** Outputs logprobs and entropy, [targets]. */
  score(batch: Batch): Promise<Compiled> {
    return this.get(`score|${batch.key}`, () => {
      const { logprobs, entropy } = this.model.scoreGraph(batch);
      return compile({ logprobs, entropy }, [], this.options);
    });
  }

  /** Outputs loss, logprobs, entropy; adds the gradient of every trainable weight to `grad:<name>` in place. */
  accumulate(batch: Batch, kind: LossInput['kind']): Promise<Compiled> {
    return this.get(`${kind}|${batch.key}`, () => {
      const { outputs, updates } = this.accumulateGraph(batch, kind);
      return compile(outputs, updates, this.options);
    });
  }

  private accumulateGraph(batch: Batch, kind: LossInput['kind']) {
    const { logprobs, entropy, weights } = this.model.scoreGraph(batch);
    const loss = lossGraphs[kind](logprobs);
    const names = [...weights.keys()].filter((name) => name in this.model.trainable);
    const grads = gradients(
      loss,
      names.map((name) => weights.get(name) as Node),
    );
    const updates = names.map((name, i): Update => {
      const total = input(`grad:${name}`, grads[i].shape);
      return { target: total, value: add(total, grads[i]) };
    });
    return { outputs: { loss, logprobs, entropy }, updates };
  }

  /** Bytes that `accumulate` of such a batch needs at its peak beside what it is fed: an estimate, from the graph alone. */
  accumulateBytes(batch: Batch, kind: LossInput['kind']): number {
    const { outputs, updates } = this.accumulateGraph(batch, kind);
    return peakBytes(
      Object.values(outputs),
      updates.map((u) => u.value),
    );
  }

  /** AdamW on `weights` from `grad:<name>`, in place. Output gradNorm. */
  optimize(weights: Readonly<Record<string, Buffer>>, options: AdamWOptions): Promise<Compiled> {
    return this.get(`adamw|${JSON.stringify(options)}`, () => {
      const params: Node[] = Object.entries(weights).map(([name, w]) => param(name, w.shape));
      const grads = Object.entries(weights).map(([name, w]) => input(`grad:${name}`, w.shape));
      const { updates, gradNorm } = adamw(params, grads, options);
      return compile({ gradNorm }, updates, this.options);
    });
  }

  async dispose(): Promise<void> {
    await this.made.dispose();
  }
}
