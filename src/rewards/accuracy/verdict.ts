// What every scorer returns, and the error for a sample whose truth cannot be read.
// A bad truth is the sample's failure (an error, so that the run sets it aside); a bad answer is a wrong answer.
import { VideorftError } from '../../base/errors.ts';

export interface Verdict {
  /** R_a in [0, 1]. */
  readonly value: number;
  /** Why the answer could not be read; absent when it could, right or wrong. */
  readonly reason?: string;
}

export const wrong = (reason: string): Verdict => ({ value: 0, reason });

export function truthUnreadable(expected: string, truth: string): VideorftError {
  return new VideorftError(`The sample's solution is not ${expected}, so no answer to it can be scored.`, {
    code: 'reward-truth-unreadable',
    facts: { expected, solution: truth.length > 80 ? `${truth.slice(0, 80)}…` : truth },
    fix: 'Correct the sample\'s "solution" or its "problem_type", or remove the sample.',
  });
}
