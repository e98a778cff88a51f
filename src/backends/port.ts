// The training port: the verbs that the whole field has settled on. One GRPO loop drives whatever fulfils it: the embedded engine,
// a cluster, or a fake that counts calls. Leaves out: rewards, data, schedules; the loops own those.
import type { Clip } from '../media/frame.ts';
import type { Message } from '../prompt/messages.ts';

export interface Prompt {
  /** Sample id, for errors and logs. */
  readonly id: string;
  readonly messages: readonly Message[];
  /** Decoded frames; absent for text-only prompts. Two prompts with the same object share one pass of the vision tower. */
  readonly clip?: Clip;
}

export interface SampleOptions {
  /** Completions per prompt (G). */
  readonly numSamples: number;
  readonly maxTokens: number;
  /** 0: greedy. */
  readonly temperature: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed: number;
  /** Names of the prompts' random streams under the seed; default: their places in the call. */
  readonly streams?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called for every token of every completion, for streaming; `prompt` is the name of its stream. */
  readonly onToken?: (prompt: number, sample: number, token: number) => void;
  readonly onProgress?: (finished: number, total: number) => void;
}

export interface Completion {
  /** Without the end-of-turn token's text; the token itself is the last of `tokens` when `finish` is 'stop'. */
  readonly text: string;
  readonly tokens: readonly number[];
  /** log π of each token under softmax(logits / temperature), before top-p and top-k. */
  readonly logprobs: Float32Array;
  readonly finish: 'stop' | 'length';
  /** Of the weights that sampled it, where another process did: optimizer steps since the run began. */
  readonly version?: number;
}

export interface Sequence {
  readonly prompt: Prompt;
  readonly tokens: readonly number[];
}

/** What to minimize; all arrays have one entry per sequence, one value per completion token. Weights carry the normalization. */
export type LossInput =
  | { readonly kind: 'cross_entropy'; readonly weights: readonly Float32Array[] }
  | {
      /** METHOD Eq. 4, negated: −Σ w·( i·min(ρA, clip(ρ, 1−ε, 1+ε)A) − β·KL ). */
      readonly kind: 'grpo';
      readonly weights: readonly Float32Array[];
      readonly advantages: readonly number[];
      readonly oldLogprobs: readonly Float32Array[];
      readonly refLogprobs: readonly Float32Array[];
      /** i: constants ≥ 0 that correct for who sampled (train/objective.ts); absent: 1. */
      readonly importance?: readonly Float32Array[];
      readonly clipLow: number;
      readonly clipHigh: number;
      readonly beta: number;
    };

export interface ForwardBackwardResult {
  readonly loss: number;
  /** Of the current weights, at temperature 1 unless the call said otherwise. */
  readonly logprobs: readonly Float32Array[];
  /** Mean entropy of the next-token distributions at completion tokens, nats; NaN where the backend cannot tell. */
  readonly entropy: number;
}

export interface OptimParams {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
}

export type WhichWeights = 'current' | 'reference';

export interface Backend {
  readonly name: string;
  /** Text of a completion → its tokens, end-of-turn token included. */
  tokenize(completion: string): number[];
  sample(prompts: readonly Prompt[], options: SampleOptions): Promise<Completion[][]>;
  /** Log-probabilities of completion tokens under softmax(logits / temperature). Errors: backend-reference (none set). */
  logprobs(batch: readonly Sequence[], weights: WhichWeights, temperature: number): Promise<Float32Array[]>;
  /** Adds the gradient of the loss to what has been accumulated since the last optimStep. Errors: backend-loss (shapes). */
  forwardBackward(batch: readonly Sequence[], loss: LossInput, temperature: number): Promise<ForwardBackwardResult>;
  /** One AdamW step with the accumulated gradient, which is then zero. The norm is NaN where the backend cannot tell. */
  optimStep(params: OptimParams): Promise<{ gradNorm: number }>;
  /** The current weights become the reference. */
  setReference(): Promise<void>;
  /** Weights in Hugging Face layout; with `optimizer`, also everything that resuming needs, the reference included. */
  save(dir: string, options: { optimizer: boolean }): Promise<void>;
  /** Drops accumulated gradients. Without `optimizer` the optimizer starts anew and the reference stays what it was. */
  load(dir: string, options: { optimizer: boolean }): Promise<void>;
  close(): Promise<void>;
}
