// The training port on the embedded engine: one process, weights and moments updated in place, on a GPU where they are used there.
// Rows of similar length share a batch; prompts that share a clip share its pass through the vision tower.
// With an adapter, only its weights are trained, kept as reference and saved: policy and reference share the base.
// Leaves out: several machines.
import { VideorftError } from '../../base/errors.ts';
import {
  adamwScalars,
  type Buffer,
  bytesOf,
  clear,
  createBuffer,
  f32,
  hostCopies,
  release,
  type SessionOptions,
  toHost,
  zeroMoments,
} from '../../engine/index.ts';
import { Generator } from '../../models/generate.ts';
import type { Prepared, VideoLanguageModel } from '../../models/port.ts';
import { checkLoss } from '../check.ts';
import type { CompletionCoder } from '../completion.ts';
import type {
  Backend,
  Completion,
  ForwardBackwardResult,
  LossInput,
  OptimParams,
  Prompt,
  SampleOptions,
  Sequence,
  WhichWeights,
} from '../port.ts';
import { collect, lossFeeds } from './losses.ts';
import { Programs } from './programs.ts';
import { loadState, saveState } from './state.ts';

export interface EmbeddedOptions extends SessionOptions {
  /** Rows of one compiled batch; a larger batch is split. Default 16. */
  readonly maxRows?: number;
  /** Rows decoded together. Default 128. */
  readonly maxDecodeRows?: number;
}

type Weights = Record<string, Buffer>;

/** In bytes, estimated from the graph. */
export interface TrainingPlan {
  /** Of the model, which are there already. */
  readonly weights: number;
  /** Gradients and two moments of what is trained, and its reference where there is one. */
  readonly trained: number;
  /** The largest pass at its peak. */
  readonly pass: number;
  /** Of each sequence of the batch. */
  readonly promptTokens: readonly number[];
}

export class EmbeddedBackend implements Backend {
  readonly name = 'embedded';
  private readonly model: VideoLanguageModel;
  private readonly options: EmbeddedOptions;
  private readonly programs: Programs;
  private readonly generator: Generator;
  private readonly prepared = new WeakMap<Prompt, Prepared>();
  /** Of the trainable weights; made when training begins, since asking a model needs neither. */
  private gradients: Weights | undefined;
  private moments: Weights | undefined;
  /** Of the trainable weights. */
  private reference: Weights | undefined;
  private steps = 0;

  constructor(model: VideoLanguageModel, options: EmbeddedOptions = {}) {
    this.model = model;
    this.options = options;
    this.programs = new Programs(model, options);
    this.generator = new Generator(model, options);
  }

  /** What is trained. Throws 'backend-narrow' where it is held narrower than f32. */
  private trainable(): Readonly<Weights> {
    const narrow = Object.entries(this.model.trainable).find(([, w]) => w.dtype !== 'f32');
    if (!narrow) return this.model.trainable;
    throw new VideorftError(`weights held as ${narrow[1].dtype} cannot be trained`, {
      code: 'backend-narrow',
      facts: { weight: narrow[0] },
      fix: 'train an adapter (--lora.rank 16), or hold the weights as f32',
    });
  }

  private accumulated(): Weights {
    this.gradients ??= Object.fromEntries(
      Object.entries(this.trainable()).map(([name, w]) => [`grad:${name}`, createBuffer('f32', w.shape)]),
    );
    return this.gradients;
  }

  private optimizerMoments(): Weights {
    this.moments ??= zeroMoments(this.trainable());
    return this.moments;
  }

  /** Optimizer steps of the weights, over all resumes. */
  get version(): number {
    return this.steps;
  }

  get coder(): CompletionCoder {
    return this.model;
  }

  /** What the model reads the prompt as. */
  promptTokens(prompt: Prompt): Int32Array {
    return this.prepare(prompt).tokens;
  }

  tokenize(completion: string): number[] {
    return [...this.model.tokenizer.encode(completion), this.model.endOfTurn];
  }

  private prepare(prompt: Prompt): Prepared {
    let p = this.prepared.get(prompt);
    if (!p) {
      p = this.model.prepare(prompt.messages, prompt.clip);
      this.prepared.set(prompt, p);
    }
    return p;
  }

  async sample(prompts: readonly Prompt[], options: SampleOptions): Promise<Completion[][]> {
    const prepared = prompts.map((p) => this.prepare(p));
    const order = [...prepared.keys()].sort((a, b) => prepared[a].tokens.length - prepared[b].tokens.length || a - b);
    const generated = await this.generator.generate(
      order.map((i) => prepared[i]),
      this.model.weights,
      { ...options, streams: order.map((i) => options.streams?.[i] ?? i), maxRows: this.options.maxDecodeRows },
    );
    const out: Completion[][] = [];
    for (const [at, i] of order.entries()) {
      out[i] = generated[at].map((g) => ({
        tokens: g.tokens,
        logprobs: g.logprobs,
        finish: g.finish,
        text: this.model.tokenizer.decode(g.finish === 'stop' ? g.tokens.slice(0, -1) : g.tokens),
      }));
    }
    return out;
  }

  /** Indices of the batch, in groups that run together: completions of one prompt side by side, similar lengths, at most maxRows. */
  private groups(batch: readonly Sequence[]): number[][] {
    const length = (i: number) => this.prepare(batch[i].prompt).tokens.length + batch[i].tokens.length;
    const byPrompt = [...Map.groupBy(batch.keys(), (i) => batch[i].prompt).values()]
      .map((members) => ({ members, length: members.reduce((n, i) => n + length(i), 0) }))
      .sort((a, b) => a.length - b.length || a.members[0] - b.members[0]);
    const order = byPrompt.flatMap(({ members }) => members);
    const size = this.options.maxRows ?? 16;
    const out: number[][] = [];
    for (let at = 0; at < order.length; at += size) out.push(order.slice(at, at + size));
    return out;
  }

  private layOut(batch: readonly Sequence[], chosen: readonly number[], temperature: number) {
    const rows = chosen.map((i) => ({ prompt: this.prepare(batch[i].prompt), completion: batch[i].tokens }));
    return this.model.batch(rows, temperature);
  }

  async logprobs(batch: readonly Sequence[], weights: WhichWeights, temperature: number): Promise<Float32Array[]> {
    const source = weights === 'current' ? this.model.weights : { ...this.model.weights, ...this.referenceWeights() };
    const out: Float32Array[] = [];
    for (const chosen of this.groups(batch)) {
      const laid = this.layOut(batch, chosen, temperature);
      const program = await this.programs.score(laid);
      const { logprobs } = await program.run({ ...source, ...laid.feeds });
      collect(out, logprobs, laid.offsets, batch, chosen);
    }
    return out;
  }

  private referenceWeights(): Weights {
    if (this.reference) return this.reference;
    throw new VideorftError('no reference weights yet', {
      code: 'backend-reference',
      fix: 'call setReference() before step 0',
    });
  }

  async forwardBackward(
    batch: readonly Sequence[],
    loss: LossInput,
    temperature: number,
  ): Promise<ForwardBackwardResult> {
    checkLoss(batch, loss);
    const gradients = this.accumulated();
    const logprobs: Float32Array[] = [];
    let total = 0;
    let entropy = 0;
    for (const chosen of this.groups(batch)) {
      const laid = this.layOut(batch, chosen, temperature);
      const program = await this.programs.accumulate(laid, loss.kind);
      const feeds = { ...this.model.weights, ...gradients, ...laid.feeds, ...lossFeeds(laid, loss, chosen) };
      const results = await program.run(feeds);
      total += (results.loss.data as Float32Array)[0];
      collect(logprobs, results.logprobs, laid.offsets, batch, chosen);
      chosen.forEach((i, r) => {
        const at = laid.offsets[r];
        for (let t = 0; t < batch[i].tokens.length; t++) entropy += (results.entropy.data as Float32Array)[at + t];
      });
    }
    const tokens = batch.reduce((n, s) => n + s.tokens.length, 0);
    return { loss: total, logprobs, entropy: entropy / Math.max(1, tokens) };
  }

  /** What training on such a batch needs: bytes, and the tokens of its prompts. Compiles and allocates nothing. Errors: backend-narrow. */
  plan(batch: readonly Sequence[], kind: LossInput['kind'], { reference }: { reference: boolean }): TrainingPlan {
    const bytes = (weights: Readonly<Record<string, Buffer>>) =>
      Object.values(weights).reduce((n, w) => n + bytesOf(w), 0);
    const trained = bytes(this.trainable()) * (reference ? 4 : 3);
    const passes = this.groups(batch).map((chosen) =>
      this.programs.accumulateBytes(this.layOut(batch, chosen, 1), kind),
    );
    return {
      weights: bytes(this.model.weights),
      trained,
      pass: Math.max(...passes),
      promptTokens: batch.map((s) => this.prepare(s.prompt).tokens.length),
    };
  }

  async optimStep(p: OptimParams): Promise<{ gradNorm: number }> {
    const { beta1, beta2, eps, weightDecay, maxGradNorm: maxNorm } = p;
    const program = await this.programs.optimize(this.model.trainable, { beta1, beta2, weightDecay, maxNorm });
    this.steps++;
    const scalars = adamwScalars(p.learningRate, this.steps, { beta1, beta2, eps });
    const feeds = {
      ...this.model.trainable,
      ...this.optimizerMoments(),
      ...this.accumulated(),
      'adamw:scalars': scalars,
    };
    const { gradNorm } = await program.run(feeds);
    await this.clearGradients();
    return { gradNorm: (gradNorm.data as Float32Array)[0] };
  }

  async setReference(): Promise<void> {
    release(Object.values(this.reference ?? {}));
    this.reference = Object.fromEntries(
      Object.entries(await hostCopies(this.trainable())).map(([name, w]) => [
        name,
        f32((w.data as Float32Array).slice(), w.shape),
      ]),
    );
  }

  async save(dir: string, { optimizer }: { optimizer: boolean }): Promise<void> {
    const { weights, trainable } = this.model;
    await this.model.save(dir, { ...weights, ...(await hostCopies(trainable)) });
    if (!optimizer) return;
    const moments = await hostCopies(this.optimizerMoments());
    const reference = this.reference && (await hostCopies(this.reference));
    await saveState(dir, { steps: this.steps, moments, reference });
  }

  async load(dir: string, { optimizer }: { optimizer: boolean }): Promise<void> {
    // The state is read before anything is replaced, so that a folder without one changes nothing.
    const state = optimizer ? await loadState(dir, this.model.trainable) : undefined;
    await toHost(Object.values(this.model.trainable));
    await this.model.loadWeights(dir);
    await this.clearGradients();
    this.steps = state?.steps ?? 0;
    release(Object.values(this.moments ?? {}));
    this.moments = state?.moments;
    if (!state) return;
    release(Object.values(this.reference ?? {}));
    this.reference = state.reference;
  }

  private clearGradients(): Promise<void> {
    return clear(Object.values(this.gradients ?? {}));
  }

  /** The model stays whole, what was trained in host memory. */
  async close(): Promise<void> {
    await this.programs.dispose();
    await this.generator.dispose();
    await toHost(Object.values(this.model.trainable));
    for (const held of [this.gradients, this.moments, this.reference]) release(Object.values(held ?? {}));
  }
}
