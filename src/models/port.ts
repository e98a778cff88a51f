// What a video language model offers to the rest of the house, whatever its architecture: prompts become rows of numbers,
// rows become batches with graphs to run them. qwen2_5_vl/ fulfils it; load.ts picks by config.json.
import type { Buffer, Compiled, Device, Node, SessionOptions, Update } from '../engine/index.ts';
import type { Clip } from '../media/frame.ts';
import type { Message } from '../prompt/messages.ts';

/** A prompt ready for the model: placeholder tokens expanded, positions fixed, pixels normalized. */
export interface Prepared {
  readonly tokens: Int32Array;
  /** [3, T]: temporal, height and width positions, row after row. */
  readonly positions: Int32Array;
  /** Position (on all axes) of the first token after the prompt. */
  readonly nextPosition: number;
  readonly vision: readonly PreparedVision[];
}

export interface PreparedVision {
  /** [patches, values per patch]. */
  readonly pixels: Float32Array;
  readonly grid: readonly [number, number, number];
  /** Index in `tokens` of the first cell. */
  readonly start: number;
}

/** A prompt and the tokens that follow it. */
export interface Row {
  readonly prompt: Prepared;
  readonly completion: Int32Array | readonly number[];
}

/** A batch of rows laid out for one graph. */
export interface Batch {
  /** Rows of equal key run on the same graph. */
  readonly key: string;
  /** Number of target positions, padding included. */
  readonly targets: number;
  /** For row r, its completion's targets are [offsets[r], offsets[r] + completion length). */
  readonly offsets: readonly number[];
  readonly feeds: Readonly<Record<string, Buffer>>;
}

export interface ScoreGraph {
  /** log π(target | prefix), [targets]. */
  readonly logprobs: Node;
  /** Nats, [targets]. */
  readonly entropy: Node;
  readonly weights: ReadonlyMap<string, Node>;
}

export interface CacheGraph {
  /** [rows, vocabulary]. */
  readonly logprobs: Node;
  readonly updates: readonly Update[];
  readonly weights: ReadonlyMap<string, Node>;
}

/**
 * Rows that decode together: blocks of rows that share a prompt. Inputs: caches `pk0`, `pv0`, … [blocks, Hkv, promptCapacity, D] of the
 * prompts and `k0`, `v0`, … [rows, Hkv, ownCapacity, D] of what each row has said before; masks that are added to scores,
 * `promptMask`[blocks, promptCapacity] and `ownMask`[rows, ownCapacity].
 */
export interface DecodeShape {
  readonly blocks: number;
  readonly perBlock: number;
  readonly promptCapacity: number;
  readonly ownCapacity: number;
}

export interface DecodeGraph {
  /** [rows, vocabulary]. */
  readonly logprobs: Node;
  /** Keys and values of the new tokens, `k0:new`, `v0:new`, … [rows, Hkv, D], for the caller to append to the rows' caches. */
  readonly tokens: Readonly<Record<string, Node>>;
  readonly weights: ReadonlyMap<string, Node>;
}

/** Programs of a model that is run in pieces; they are called as the compiled graphs would be. */
export interface LayeredPrograms {
  prefill(batch: Batch, capacity: number): Promise<Compiled>;
  decode(shape: DecodeShape): Promise<Compiled>;
}

export interface TokenizerPort {
  encode(text: string): number[];
  decode(tokens: readonly number[]): string;
}

export interface AdaptedModel {
  readonly model: VideoLanguageModel;
  /** Equal where programs compiled for the one model compute the other, fed its weights: the same layers, ranks and scales. */
  readonly programsKey: string;
}

export interface VideoLanguageModel {
  readonly kind: string;
  /** All weights by published name that graphs are fed, in f32 or, for matrices, f16; an adapter's beside those of its base. */
  readonly weights: Record<string, Buffer>;
  /** Those that training changes: all, or the adapter's. */
  readonly trainable: Readonly<Record<string, Buffer>>;
  readonly tokenizer: TokenizerPort;
  readonly vocabSize: number;
  /** Tokens of prompt and completion together that its positions were made for. */
  readonly contextTokens: number;
  /** Ends an assistant turn. */
  readonly endOfTurn: number;
  /** Tokens that must never be sampled: vision placeholders and the like. */
  readonly forbidden: readonly number[];
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;

  /** `clips`: the images and videos in the order in which the messages announce them. */
  prepare(messages: readonly Message[], ...clips: readonly (Clip | undefined)[]): Prepared;
  /** Lays rows out for `scoreGraph`. */
  batch(rows: readonly Row[], temperature?: number): Batch;
  scoreGraph(batch: Batch): ScoreGraph;
  /**
   * Lays prompts out for `prefillGraph`. `past`: the cache holds so many tokens already, and the prompt (one only) goes on behind them;
   * its capacity must then hold these and the laid out row.
   */
  prefillBatch(prompts: readonly Prepared[], past?: number): Batch;
  /** Feeds k0, v0, … are caches of `capacity` tokens, written in place. */
  prefillGraph(batch: Batch, capacity: number, device?: Device): CacheGraph;
  decodeGraph(shape: DecodeShape, device?: Device): DecodeGraph;
  /**
   * Of a model with matrices of few bits, which are no feeds: its programs, in place of the graphs, which refuse (model-quantized). Made once;
   * later calls give the same.
   */
  readonly layered?: (options: SessionOptions) => Promise<LayeredPrograms>;
  /** Rotary tables of one token per row at the given positions: feeds cos and sin of `decodeGraph`. */
  decodeFeeds(positions: readonly number[]): Record<string, Buffer>;
  /**
   * Writes config.json, tokenizer files and model.safetensors (Hugging Face layout) from the given weights; of a model with an adapter, the
   * adapter alone (PEFT's layout, f32) and the tokenizer files.
   */
  save(dir: string, weights: Readonly<Record<string, Buffer>>, dtype?: 'f32' | 'f16' | 'bf16'): Promise<void>;
  /**
   * This model with the adapter of a PEFT folder; its base is shared, and its weights are its own. Only of a model that holds no adapter and no
   * matrices of few bits. Errors: lora-adapter, model-weights, safetensors, model-quantized.
   */
  withAdapter(dir: string): Promise<AdaptedModel>;
  /** Replaces the trainable weights, in place, by those of a folder that `save` wrote for the same architecture. */
  loadWeights(dir: string): Promise<void>;
}
