// Several answers to each question: the majority's answer (maj@k) and the chance that one of j is right (pass@j, the unbiased estimator of Chen et al.
// 2021, arXiv 2107.03374), with 95% intervals over videos. Answers with an error count as not given. Leaves out: single answers (table.ts).
import { accuracyInterval, type ClusteredValue, type Interval } from '../report/index.ts';
import type { EvaluatedRow } from './row.ts';

export interface Several {
  /** Most answers to a question. */
  readonly k: number;
  /** Questions with at least one answer, and those without. */
  readonly questions: number;
  readonly errors: number;
  /** Mean score of all answers of a question, over questions. */
  readonly mean: Interval;
  readonly majority: Interval;
  /** pass@1, @2, @4, … and @k, each over the questions with so many answers. */
  readonly pass: readonly { readonly of: number; readonly interval: Interval; readonly questions: number }[];
}

/** The question that a row answers. */
export const questionOf = ({ question, id }: Pick<EvaluatedRow, 'question' | 'id'>): string => question ?? id;

/** 1 − C(n − c, j) / C(n, j): the chance that j of n answers, of which c are right, hold a right one. As a product, so that nothing overflows. */
export function passAt(n: number, c: number, j: number): number {
  if (n - c < j) return 1;
  let none = 1;
  for (let i = n - c + 1; i <= n; i++) none *= 1 - j / i;
  return 1 - none;
}

/** Numbers by their value, other answers by their words. */
const spelled = (extracted: string): string => {
  const text = extracted.trim().toLowerCase();
  return text !== '' && Number.isFinite(Number(text)) ? String(Number(text)) : text;
};

/** Score of the answer given most often, of several such the one given first; 0 where nothing could be read in any. */
export function majorityScore(rows: readonly Pick<EvaluatedRow, 'extracted' | 'score'>[]): number {
  const votes = [...Map.groupBy(rows, ({ extracted }) => (extracted === null ? null : spelled(extracted)))];
  const read = votes.flatMap(([answer, given]) => (answer === null ? [] : [given]));
  const most = Math.max(0, ...read.map(({ length }) => length));
  return read.find(({ length }) => length === most)?.[0].score ?? 0;
}

/** Undefined where every question has one answer. */
export function severalOf(rows: readonly EvaluatedRow[]): Several | undefined {
  const all = [...Map.groupBy(rows, questionOf).values()];
  const k = Math.max(0, ...all.map(({ length }) => length));
  if (k < 2) return undefined;
  const byQuestion = all
    .map((answers) => answers.filter(({ error }) => error === null).sort((a, b) => (a.sample ?? 1) - (b.sample ?? 1)))
    .filter(({ length }) => length > 0);
  if (byQuestion.length === 0) return undefined;
  const over = (questions: readonly EvaluatedRow[][], value: (answers: readonly EvaluatedRow[]) => number) =>
    accuracyInterval(questions.map((answers): ClusteredValue => ({ cluster: answers[0].path, value: value(answers) })));
  const mean = (answers: readonly EvaluatedRow[]) =>
    answers.reduce((sum, { score }) => sum + score, 0) / answers.length;
  const right = (answers: readonly EvaluatedRow[]) => answers.filter(({ outcome }) => outcome === 'right').length;
  const sizes = [...new Set([1, 2, 4, 8, 16, 32, 64, k])].filter((j) => j <= k).sort((a, b) => a - b);
  return {
    k,
    questions: byQuestion.length,
    errors: all.length - byQuestion.length,
    mean: over(byQuestion, mean),
    majority: over(byQuestion, majorityScore),
    pass: sizes.flatMap((j) => {
      const enough = byQuestion.filter(({ length }) => length >= j);
      if (enough.length === 0) return [];
      const interval = over(enough, (answers) => passAt(answers.length, right(answers), j));
      return { of: j, interval, questions: enough.length };
    }),
  };
}
