// Output and truth → extracted answer, score and outcome, under a named ladder. Numbers, texts and letters are judged by the scorers of the
// rewards. What is no answer has an outcome of its own and is never silently wrong. Leaves out: intervals and tables (../table.ts).
import { z } from 'zod';
import type { ProblemType } from '../../data/sample.ts';
import { lenientAnswer, parseCompletion, solutionText } from '../../prompt/parse.ts';
import { accuracyReward, meanRelativeAccuracy, parseNumber, type Verdict } from '../../rewards/index.ts';
import { type Candidate, candidateOf } from './candidate.ts';
import { chooseOption } from './ladder.ts';
import { releasedAnswer, releasedVerdict } from './released.ts';

export const ladders = ['strict', 'words', 'lenient', 'released'] as const;
export type Ladder = (typeof ladders)[number];

export const scoringSchema = z.strictObject({
  ladder: z.enum(ladders).describe('How an answer is found in an output.'),
  regression: z
    .enum(['relative', 'mra'])
    .describe('What a regression scores: 1 − relative error, or mean relative accuracy.'),
});
export type Scoring = z.output<typeof scoringSchema>;

/** What a row keeps of its question, enough to score it again. */
export interface ScoredQuestion {
  readonly id: string;
  readonly type: ProblemType;
  readonly options: readonly string[] | null;
  readonly solution: string;
}

/** `partial`: between 0 and 1. `unanswered`: an output in which no answer can be found. */
export const outcomes = ['right', 'partial', 'wrong', 'unanswered', 'refused', 'truncated', 'error'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Scored {
  readonly extracted: string | null;
  /** Where the answer was found: a rung of the ladder of multiple choice, or the part of the output. */
  readonly rung: string;
  readonly score: number;
  readonly outcome: Exclude<Outcome, 'error'>;
}

interface Found {
  readonly extracted: string | undefined;
  readonly rung: string;
  readonly verdict: Verdict;
}

const refusal =
  /^\W*(?:i['’]?m (?:very )?sorry|i am sorry|sorry,|i (?:cannot|can['’]?t|can not|am unable|am not able|['’]m unable)|as an ai|unfortunately, i)\b|\b(?:cannot|can['’]?t|unable to) (?:help|assist|answer|comply)\b/i;

/** The question as the rewards take it. */
export function sampleOf({ id, type, options, solution }: ScoredQuestion) {
  return { problem_id: id, problem_type: type, options: options ? [...options] : null, solution };
}

function regression(question: ScoredQuestion, answer: string | undefined, kind: Scoring['regression']): Verdict {
  const relative = accuracyReward(sampleOf(question), answer);
  if (kind === 'relative') return relative;
  const [target, predicted] = [parseNumber(solutionText(question.solution)), parseNumber(answer ?? '')];
  if (target === undefined || predicted === undefined) return relative;
  return { value: meanRelativeAccuracy(predicted, target) };
}

const judge = (question: ScoredQuestion, answer: string | undefined, { regression: kind }: Scoring): Verdict =>
  question.type === 'regression' ? regression(question, answer, kind) : accuracyReward(sampleOf(question), answer);

/** The ladder "words": letters by their rungs, numbers and texts from the part of the output that can hold the answer. */
function byWords(question: ScoredQuestion, { text, from }: Candidate, scoring: Scoring): Found {
  if (question.type === 'multiple choice') {
    const { letter, rung } = chooseOption(text, question.options);
    return { extracted: letter, rung, verdict: judge(question, letter, scoring) };
  }
  const isNumber = question.type === 'numerical' || question.type === 'regression';
  const answer = text === '' ? undefined : text;
  if (!isNumber || answer === undefined || parseNumber(answer) !== undefined) {
    return { extracted: answer, rung: answer === undefined ? 'none' : from, verdict: judge(question, answer, scoring) };
  }
  const last = lenientAnswer(text, question.type);
  return {
    extracted: last,
    rung: last === undefined ? 'none' : 'last number',
    verdict: judge(question, last, scoring),
  };
}

const finders: Readonly<Record<Ladder, (question: ScoredQuestion, output: string, scoring: Scoring) => Found>> = {
  strict: (question, output, scoring) => {
    const extracted = parseCompletion(output).answer;
    return {
      extracted,
      rung: extracted === undefined ? 'none' : 'answer block',
      verdict: judge(question, extracted, scoring),
    };
  },
  words: (question, output, scoring) => byWords(question, candidateOf(output), scoring),
  lenient: (question, output, scoring) => {
    const extracted = lenientAnswer(output, question.type, { options: question.options });
    return {
      extracted,
      rung: extracted === undefined ? 'none' : 'lenient',
      verdict: judge(question, extracted, scoring),
    };
  },
  released: (question, output, scoring) => {
    const { text, inBlock } = releasedAnswer(output);
    const verdict = releasedVerdict(question, text);
    if (inBlock || verdict.value > 0)
      return { extracted: text, rung: inBlock ? 'answer block' : 'whole output', verdict };
    // Without an answer block the script compares the whole output; whether that holds an answer at all, the ladder says.
    const { extracted } = byWords(question, candidateOf(output), scoring);
    return { extracted: extracted === undefined ? undefined : text, rung: 'whole output', verdict };
  },
};

/** What a score of 0 means: an answer that is wrong, or none at all, and why. */
function outcomeOf(
  { type }: ScoredQuestion,
  { extracted, verdict }: Found,
  output: string,
  finish: string | null,
): Scored['outcome'] {
  if (verdict.value > 0) return verdict.value < 1 ? 'partial' : 'right';
  const isRead = extracted !== undefined && verdict.reason === undefined;
  // Any words pass for a text; outside an answer block they may be a refusal, or the beginning of an answer.
  const { text, from } = candidateOf(output);
  const anyText = (type === 'OCR' || type === 'free-form') && from !== 'answer block';
  if (isRead && !anyText) return 'wrong';
  if (finish === 'length') return 'truncated';
  if (refusal.test(text)) return 'refused';
  return isRead ? 'wrong' : 'unanswered';
}

/** Scores one output. Throws 'reward-truth-unreadable' where the question's own solution cannot be read. */
export function scoreOutput(question: ScoredQuestion, output: string, finish: string | null, scoring: Scoring): Scored {
  const found = finders[scoring.ladder](question, output, scoring);
  return {
    extracted: found.extracted ?? null,
    rung: found.rung,
    score: found.verdict.value,
    outcome: outcomeOf(question, found, output, finish),
  };
}
