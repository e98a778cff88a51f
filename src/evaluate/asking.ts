// What asking needs, whichever way it goes: the settings, a task whose prompt is there, and the verbs that both ways share. Leaves out: the ways
// (batches.ts, window.ts), and what is behind the verbs (evaluate.ts).
import { VideorftError } from '../base/errors.ts';
import type { RewardScorer } from '../rewards/index.ts';
import type { Answer, Decoded } from './respondent.ts';
import type { EvaluatedRow } from './row.ts';
import type { Scoring } from './scoring/scoring.ts';
import type { ShownPrompt } from './sent-video.ts';
import type { Task } from './task.ts';

export interface EvaluateOptions extends Decoded {
  readonly seed: number;
  /** Answers to each question. Default 1. */
  readonly samples?: number;
  /** Default: the answer block alone, regression by relative error. */
  readonly scoring?: Scoring;
  /** Measures R_s of thinking completions; left out where not wanted. */
  readonly scorer?: RewardScorer;
  /** Answers that a model in this process gives together; rows are stored after each. Default 64. */
  readonly chunk?: number;
  /** Called with what is stored already, then after each row; `score` is the mean of the rows without errors, absent where there is none. */
  readonly onProgress?: (done: number, total: number, score?: number) => void;
}

/** A task whose prompt is there, and how long that took. */
export interface Ready {
  readonly task: Task;
  readonly prompt: ShownPrompt;
  readonly loadSeconds: number;
}

/** What both ways of asking work with. */
export interface Asking {
  readonly options: EvaluateOptions;
  /** The prompt of a task, or the row of one that cannot be asked. */
  load(task: Task): Promise<Ready | EvaluatedRow>;
  isStored(task: Task): boolean;
  store(row: EvaluatedRow): Promise<void>;
  /** The row of an answer, or of what came in its place. */
  rowOf(ready: Ready, answer: Answer | VideorftError, semantic: number | null, seconds: number): EvaluatedRow;
}

export const isRow = (made: Ready | EvaluatedRow): made is EvaluatedRow => 'outcome' in made;

/** Seconds since a moment of performance.now(), to a thousandth. */
export const secondsSince = (start: number) => Math.round(performance.now() - start) / 1000;

/** Throws 'aborted'. */
export function assertGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted' });
}
