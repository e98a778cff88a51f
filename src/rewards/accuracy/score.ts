// R_a: the scorer of the sample's own answer type (the released code lets the batch's first row speak for all).
// Leaves out: finding the answer (prompt/parse.ts).
import { VideorftError } from '../../base/errors.ts';
import type { ProblemType, Sample } from '../../data/sample.ts';
import { solutionText } from '../../prompt/parse.ts';
import { scoreFreeForm } from './free-form.ts';
import { scoreMultipleChoice } from './multiple-choice.ts';
import { scoreNumerical } from './numerical.ts';
import { scoreOcr } from './ocr.ts';
import { scoreRegression } from './regression.ts';
import { truthUnreadable, type Verdict, wrong } from './verdict.ts';

export interface AccuracyOptions {
  /** `released`: the authors' stricter reading of letters and numbers, their word splitting and their regression eps. */
  readonly variant?: 'paper' | 'released';
}

type Scorer = (answer: string, truth: string, sample: ScoredSample, variant: 'paper' | 'released') => Verdict;
export type ScoredSample = Pick<Sample, 'problem_id' | 'problem_type' | 'solution' | 'options'>;

const scorers: Readonly<Record<ProblemType, Scorer>> = {
  'multiple choice': (answer, truth, { options }, variant) =>
    scoreMultipleChoice(answer, truth, { options, strict: variant === 'released' }),
  numerical: (answer, truth, _, variant) => scoreNumerical(answer, truth, variant),
  OCR: (answer, truth, _, variant) => scoreOcr(answer, truth, variant),
  'free-form': (answer, truth) => scoreFreeForm(answer, truth),
  regression: (answer, truth, _, variant) => scoreRegression(answer, truth, variant),
};

function score(sample: ScoredSample, answer: string | undefined, variant: 'paper' | 'released'): Verdict {
  const truth = solutionText(sample.solution);
  if (truth === '') throw truthUnreadable('an answer', sample.solution);
  const scorer = scorers[sample.problem_type];
  scorer(truth, truth, sample, variant); // a bad truth is an error whatever the answer
  if (answer === undefined) return wrong('no answer block');
  return answer.trim() === '' ? wrong('the answer is empty') : scorer(answer, truth, sample, variant);
}

/**
 * R_a in [0, 1] of one answer (the inside of the first answer block; undefined: there is none, which is wrong).
 * @throws VideorftError reward-truth-unreadable, with the sample's id, when the solution cannot be read.
 */
export function accuracyReward(
  sample: ScoredSample,
  answer: string | undefined,
  options: AccuracyOptions = {},
): Verdict {
  try {
    return score(sample, answer, options.variant ?? 'paper');
  } catch (error) {
    if (!(error instanceof VideorftError)) throw error;
    const facts = { sample: sample.problem_id, type: sample.problem_type, ...error.facts };
    throw new VideorftError(error.message, { code: error.code, facts, fix: error.fix, cause: error.cause });
  }
}
