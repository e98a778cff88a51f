// Whether the answer to a question with one truth is right (METHOD.md sections 2 and 3): by the reward's reading of letters and numbers.
import type { Sample } from '../../data/sample.ts';
import { solutionText } from '../../prompt/parse.ts';
import { scoreMultipleChoice } from '../../rewards/accuracy/multiple-choice.ts';
import { scoreNumerical } from '../../rewards/accuracy/numerical.ts';
import { wordErrorRate } from '../../rewards/accuracy/ocr.ts';
import { scoreRegression } from '../../rewards/accuracy/regression.ts';
import type { FilterConfig } from './config.ts';

export const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Throws `reward-truth-unreadable` for an unreadable truth. */
export function isRight(
  sample: Sample,
  answer: string,
  config: Pick<FilterConfig, 'regressionTolerance' | 'maxWordErrorRate'>,
): boolean {
  const truth = solutionText(sample.solution);
  switch (sample.problem_type) {
    case 'multiple choice':
      return scoreMultipleChoice(answer, truth, { options: sample.options }).value === 1;
    case 'numerical':
      return scoreNumerical(answer, truth).value === 1;
    case 'regression':
      return scoreRegression(answer, truth).value >= 1 - config.regressionTolerance - 1e-9;
    case 'OCR':
      if (config.maxWordErrorRate === 0) return squeeze(answer) === squeeze(truth);
      return wordErrorRate(squeeze(truth), squeeze(answer)) <= config.maxWordErrorRate;
    case 'free-form':
      throw new TypeError('free-form answers have no single truth');
  }
}
