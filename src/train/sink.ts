// Where the loops leave what happened: metrics by step, rollouts, checkpoints. runs/ fulfils it; tests use a recorder.
import type { GuardState } from './source.ts';

export interface TrainSink {
  /** Steps count from 0; a checkpoint `n` is the state after n steps, that is before step n. */
  metrics(row: { readonly step: number } & Record<string, number | string | null>): Promise<void>;
  rollouts?(step: number, rows: readonly object[]): Promise<void>;
  /** Calls `write` with a folder, and marks the checkpoint complete after it returned. */
  checkpoint(step: number, write: (dir: string) => Promise<void>): Promise<void>;
}

export interface LoopHooks {
  readonly signal?: AbortSignal;
  /** Steps done, of how many, and a short status. */
  readonly onStep?: (done: number, total: number, status: string) => void;
}

/** Where a loop goes on: what a checkpoint says beside the backend's state. */
export interface StartPoint {
  /** Steps already done. */
  readonly startStep?: number;
  /** Samples set aside before. */
  readonly guard?: GuardState;
}
