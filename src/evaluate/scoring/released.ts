// The verdict of the authors' evaluation script, rule for rule, held against it by test/parity/released-scoring.test.ts. No answer block: the
// whole output is the answer. Text answers are never right. Leaves out: what it does when a batch fails (ours is a row with an error).
import { solutionText } from '../../prompt/parse.ts';
import {
  meanRelativeAccuracy,
  plainFloat,
  pythonSpace,
  pythonStrip,
  scoreNumerical,
  truthUnreadable,
  type Verdict,
} from '../../rewards/index.ts';
import type { ScoredQuestion } from './scoring.ts';

const block = new RegExp(`<answer>[${pythonSpace}]*([^]*?)[${pythonSpace}]*</answer>`);

/** extract_answer, and the whole output where it finds nothing. */
export function releasedAnswer(output: string): { readonly text: string; readonly inBlock: boolean } {
  const found = pythonStrip(block.exec(output)?.[1] ?? '');
  return found === '' ? { text: output, inBlock: false } : { text: found, inBlock: true };
}

const number = (
  question: ScoredQuestion,
  answer: string,
  value: (predicted: number, truth: string) => number,
): Verdict => {
  const predicted = plainFloat(answer);
  if (predicted === undefined) return { value: 0, reason: 'the answer is not a plain float' };
  return { value: value(predicted, solutionText(question.solution)) };
};

/** reward_fn's verdict on an answer. Throws 'reward-truth-unreadable' for a truth that its rule cannot read (there: 0). */
export function releasedVerdict(question: ScoredQuestion, answer: string): Verdict {
  switch (question.type) {
    case 'multiple choice':
      return { value: pythonStrip(answer) === pythonStrip(solutionText(question.solution)) ? 1 : 0 };
    case 'numerical':
      return number(question, answer, (_, truth) => scoreNumerical(answer, truth, 'released').value);
    case 'regression':
      return number(question, answer, (predicted, truth) => {
        const target = plainFloat(truth);
        if (target === undefined) throw truthUnreadable('a plain float', truth);
        return meanRelativeAccuracy(predicted, target, 'released');
      });
    default:
      return { value: 0 };
  }
}
