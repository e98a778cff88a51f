// What a curation run remembers: answers, exactly one per stage and content, and every attempt that was paid for. A port, so that one
// process with a file and many with a server can do the same; test/conformance/curation-state.ts is what an adapter must do.
// Leaves out: what is asked (stages.ts), and when to ask again (llm/retry.ts).
import type { BatchStore, FailureKind } from '../../llm/port.ts';

/** The stages that ask an expert. */
export const askingStages = ['describe', 'reason', 'refine', 'judge'] as const;
export type AskingStage = (typeof askingStages)[number];

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** One answer to be had. `key` is the hash of everything that it depends on. */
export interface TaskId {
  readonly stage: AskingStage;
  readonly key: string;
}

export interface Task extends TaskId {
  /** Sample that asks; others with the same key share the answer. */
  readonly sample: string | number;
}

/** What an expert said, read and checked: all that a dataset may depend on. */
export interface Answer<T> {
  readonly model: string;
  readonly promptVersion: string;
  readonly value: T;
}

export interface StageRecord<T> extends Answer<T> {
  readonly key: string;
  /** Sample that asked first. */
  readonly sample: string | number;
}

/** A reply that came and did not have the form: the expert is asked once more with what is wrong. */
export interface UnfitReply {
  readonly text: string;
  readonly problem: string;
}

/** The right to work on a task, until it is settled, or the worker falls silent for as long as a lease lasts. */
export interface Lease {
  readonly task: number;
  readonly token: number;
}

export interface Claimed {
  readonly kind: 'mine';
  readonly lease: Lease;
  /** Failed attempts of this round, of processes that were killed as well; they count against the limit. */
  readonly failures: number;
  /** The round's reply that did not fit, if there is one already. */
  readonly unfit: UnfitReply | undefined;
}

export type Claim<T> =
  | { readonly kind: 'answered'; readonly record: StageRecord<T> }
  | { readonly kind: 'held'; readonly until: number }
  | Claimed;

/** How an attempt ended. 'lost': its process was killed, and nobody knows. */
export type Outcome = 'answered' | 'malformed' | 'aborted' | 'lost' | FailureKind;

/** What one answer took. */
export interface Effort {
  /** Requests sent, those of killed processes included. */
  readonly attempts: number;
  /** Replies that were read: 1, or 2 when the first did not fit. */
  readonly replies: number;
  /** Time in attempts, waiting between them left out. */
  readonly seconds: number;
  readonly usage: Usage;
}

/** What a stage has taken so far; every attempt is in `outcomes` once. */
export interface StageTotals extends Effort {
  readonly answers: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/**
 * Every promise resolves when what it did survives the death of its process. All of them reject with `state-write` once a write has failed: a run must not
 * go on over what it cannot remember. Operations under a lease that another worker has taken over reject with `state-lease-lost`.
 */
export interface CurationState {
  /** Vendors' batches under way. */
  readonly batches: BatchStore;
  answer<T>(task: TaskId): Promise<StageRecord<T> | undefined>;
  /** Takes the task for this worker, unless it is answered, or held by a worker that is alive. */
  claim<T>(task: Task): Promise<Claim<T>>;
  /** Notes that a request is about to go out; returns the attempt's number. */
  begin(lease: Lease): Promise<number>;
  /** Takes up again the last attempt of the round, if nobody knows how it ended: its request may be in a vendor's batch. */
  resume(lease: Lease): Promise<number | undefined>;
  fail(lease: Lease, attempt: number, kind: FailureKind): Promise<void>;
  unfit(lease: Lease, attempt: number, reply: UnfitReply, usage: Usage): Promise<void>;
  /** Stores the answer and ends the lease. Where one is stored already, that one is returned: the first stands. */
  complete<T>(lease: Lease, attempt: number, answer: Answer<T>, usage: Usage): Promise<StageRecord<T>>;
  /** Gives the task back. 'failed' ends the round: the next one has all its attempts again. */
  release(lease: Lease, how: 'failed' | 'interrupted'): Promise<void>;
  /** Resolves when all that was written so far survives the death of the machine: then it may be built upon. */
  synced(): Promise<void>;
  /** Says that this worker is alive; its leases last from now. */
  heartbeat(): Promise<void>;
  effort(task: TaskId): Promise<Effort>;
  totals(): Promise<Readonly<Record<AskingStage, StageTotals>>>;
  close(): Promise<void>;
}
