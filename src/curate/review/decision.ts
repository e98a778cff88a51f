// What a reviewer can say of a sample, and what a sample is to a review: its identity, and the chain that was looked at. Pure.
// Leaves out: the log of decisions (history.ts, store.ts) and what they make of the data (apply.ts).
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { type Sample, sampleSchema } from '../../data/sample.ts';
import { accuracyReward } from '../../rewards/accuracy/score.ts';

/** accept: into the chains of thought. reject: no chain of thought, the question stays. discard: the question is no good either. */
export const verdicts = ['accept', 'reject', 'discard'] as const;

const text = z
  .string()
  .trim()
  .min(1)
  .refine((value) => !/<\/?(think|answer)>/.test(value), 'must not hold <think> or <answer> tags');

export const decisionSchema = z
  .strictObject({
    verdict: z.enum(verdicts),
    /** In place of the reasoning; without tags. */
    think: text.optional(),
    /** In place of the reference answer; without tags. */
    answer: text.optional(),
    note: z.string().trim().min(1).max(2000).optional(),
  })
  .refine(
    ({ verdict, think, answer }) => verdict === 'accept' || (think === undefined && answer === undefined),
    'only an accepted sample can be edited',
  );
export type Decision = z.output<typeof decisionSchema>;

/** Whether it changes the sample. */
export const isEdit = ({ think, answer }: Decision): boolean => think !== undefined || answer !== undefined;

/** A hash of values that came as JSON; '' where they are nested too deeply to be written. */
export function shortHash(parts: readonly unknown[]): string {
  try {
    return sha256(JSON.stringify(parts)).slice(0, 16);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

type Row = Readonly<Record<string, unknown>>;

/** The question: the same in every run over the same data. */
export const sampleKey = ({ problem_id, path, problem }: Row): string => shortHash([problem_id, path, problem]);

/** What was reviewed: a decision about another chain does not hold for this one. */
export const chainHash = ({ process, generated_answer, solution }: Row): string =>
  shortHash([process ?? '', generated_answer ?? null, solution]);

/** The row with the reviewer's changes, and a word that says so. */
export function reviewedRow(row: Row, decision: Decision): Row {
  const { think, answer } = decision;
  return {
    ...row,
    ...(think === undefined ? {} : { process: `<think>${think}</think>` }),
    ...(answer === undefined ? {} : { solution: `<answer>${answer}</answer>` }),
    reviewed: isEdit(decision) ? 'edited' : decision.verdict,
  };
}

const notPossible = (message: string, row: Row, fix: string, cause?: unknown) =>
  new VideorftError(message, {
    code: 'review-decision',
    facts: { sample: String(row.problem_id) },
    fix,
    cause,
  });

/** Throws 'review-decision' for a decision that would make a row that no tool can use. */
export function checkDecision(row: Row, decision: Decision, hasChains: boolean): void {
  if (decision.verdict !== 'accept') return;
  const parsed = sampleSchema.safeParse(reviewedRow(row, decision));
  if (!parsed.success)
    throw notPossible('The row is no sample.', row, 'Correct the file that it comes from.', parsed.error);
  const sample: Sample = parsed.data;
  if (hasChains && !sample.process)
    throw notPossible('The sample has no reasoning.', row, 'Write one, or leave the sample as it is.');
  try {
    if (decision.answer !== undefined) accuracyReward(sample, decision.answer);
  } catch (cause) {
    const expected = cause instanceof VideorftError ? String(cause.facts.expected ?? '') : '';
    throw notPossible(
      `The answer cannot be scored${expected && `: it is not ${expected}`}.`,
      row,
      'Give an answer of the form that the question asks for.',
      cause,
    );
  }
}
