// The fused training step: loss, gradients, clipping and AdamW in one program per batch shape, weights and moments updated in place.
// For losses that fit in memory at once; backends that accumulate over micro-batches compose their own programs.
import { type Compiled, compile } from './compile.ts';
import { gradients } from './grad.ts';
import type { Node } from './graph.ts';
import { type AdamWOptions, adamw, adamwScalars, zeroMoments } from './optimizer.ts';
import { ProgramCache } from './program-cache.ts';
import type { Buffer, SessionOptions } from './runtime/ort.ts';

export interface StepGraph {
  /** A scalar. */
  readonly loss: Node;
  /** The parameters that the graph reads, by name. */
  readonly weights: ReadonlyMap<string, Node>;
  /** Further outputs to return. */
  readonly outputs?: Readonly<Record<string, Node>>;
}

export interface StepResult {
  readonly loss: number;
  readonly gradNorm: number;
  readonly outputs: Record<string, Buffer>;
}

export class Trainer {
  readonly weights: Record<string, Buffer>;
  readonly moments: Record<string, Buffer>;
  private readonly adam: AdamWOptions;
  private readonly options: SessionOptions;
  private readonly programs: ProgramCache;
  private steps = 0;

  constructor(weights: Record<string, Buffer>, adam: AdamWOptions, options: SessionOptions = {}) {
    this.weights = weights;
    this.adam = adam;
    this.options = options;
    this.programs = new ProgramCache(options.device);
    this.moments = zeroMoments(weights);
  }

  /** One step on `feeds`; `build` is called once per `key`, and must give the same graph for the same key. */
  async step(
    key: string,
    build: () => StepGraph,
    feeds: Readonly<Record<string, Buffer>>,
    learningRate: number,
  ): Promise<StepResult> {
    const program = await this.programs.get(key, () => this.compile(build()));
    this.steps++;
    const scalars = adamwScalars(learningRate, this.steps, this.adam);
    const results = await program.run({ ...this.weights, ...this.moments, ...feeds, 'adamw:scalars': scalars });
    const { loss, gradNorm, ...outputs } = results;
    return { loss: (loss.data as Float32Array)[0], gradNorm: (gradNorm.data as Float32Array)[0], outputs };
  }

  /** Goes on after `steps` steps done by another process, whose weights and moments have been put in place. */
  resumeAt(steps: number): void {
    this.steps = steps;
  }

  private compile({ loss, weights, outputs = {} }: StepGraph): Promise<Compiled> {
    const params = [...weights.values()];
    const { updates, gradNorm } = adamw(params, gradients(loss, params), this.adam);
    return compile({ ...outputs, loss, gradNorm }, updates, this.options);
  }

  async dispose(): Promise<void> {
    await this.programs.dispose();
  }
}
