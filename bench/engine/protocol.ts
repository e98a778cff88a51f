// What both sides are asked and answer (worker.ts here, peers/engine.py there). Every answer carries the seconds that its own
// process measured around the work alone.
import type { Optimizer } from './shapes.ts';

export interface OpenTraining {
  readonly dir: string;
  readonly threads: number;
  readonly optimizer: Optimizer;
  /** Ours only: how the step is taken. */
  readonly variant?: SftVariant;
}

/** fused: one program; all-logits: the same with logits of every position; port: forwardBackward and optimStep, as `videorft sft` does. */
export type SftVariant = 'fused' | 'all-logits' | 'port';

export interface OpenGenerate {
  readonly dir: string;
  readonly threads: number;
  readonly samples: number;
  readonly tokens: number;
  readonly topP: number;
}

export interface Opened {
  /** Arithmetic of the matrix products of one step, counted on our graph; 0 from the peer. */
  readonly flops: number;
}

export interface StepReply {
  readonly seconds: number;
  readonly loss: number;
}

export interface GenerateReply {
  readonly seconds: number;
  /** Of `seconds`, what came after the first token of every completion. */
  readonly decodeSeconds: number;
  /** Tokens made altogether. */
  readonly tokens: number;
}

/** What the machine can do at most, measured. */
export interface Limits {
  /** f32 matrix products, GFLOP/s. */
  readonly gflops: number;
  /** Memory traffic, GB/s. */
  readonly gigabytes: number;
}
