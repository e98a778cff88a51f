// The best answer one can give without looking: per template, the answer that is right most often in the training set; for multiple
// choice the option that is most often right when it is offered. Names of objects count as one word. Leaves out: trained blind models.
import { colours, shapes } from './vocab.ts';

/** What the baseline reads of a question; rows of the data set have the same under their own names. */
export interface BlindQuestion {
  readonly kind: string;
  readonly options?: readonly string[] | null;
  readonly answer: string;
}

const objectName = new RegExp(`the (${colours.join('|')}) (${shapes.join('|')})`, 'g');

const optionText = (option: string): string => option.replace(/^[A-D]\. /, '').replace(objectName, 'the object');

interface Counts {
  readonly right: Map<string, number>;
  readonly offered: Map<string, number>;
}

const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

function countOne({ right, offered }: Counts, question: BlindQuestion): void {
  if (!question.options?.length) return void add(right, question.answer);
  for (const option of question.options) {
    add(offered, optionText(option));
    if (option.startsWith(`${question.answer}. `)) add(right, optionText(option));
  }
}

/** Learns from answered questions; the returned function answers others from kind and options alone. */
export function learnBlindAnswers(
  training: readonly BlindQuestion[],
): (question: Omit<BlindQuestion, 'answer'>) => string {
  const byKind = new Map<string, Counts>();
  for (const question of training) {
    const counts = byKind.get(question.kind) ?? { right: new Map(), offered: new Map() };
    byKind.set(question.kind, counts);
    countOne(counts, question);
  }
  return ({ kind, options }) => {
    const counts = byKind.get(kind);
    if (options?.length) {
      const rate = (option: string) => {
        const text = optionText(option);
        return (counts?.right.get(text) ?? 0) / ((counts?.offered.get(text) ?? 0) + 2);
      };
      return options.reduce((best, option) => (rate(option) > rate(best) ? option : best))[0];
    }
    return [...(counts?.right ?? [])].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0])[0];
  };
}
