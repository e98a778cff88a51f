// The rules of the filter (METHOD.md section 2) in one table, and the verdict on a chain: pure functions of the sample, the reasoning, its
// answer, and what was measured of it. Leaves out: measuring (similarity.ts), asking the judge (stages.ts), counting (tally.ts).
import type { Sample } from '../../data/sample.ts';
import { solutionText } from '../../prompt/parse.ts';
import { isRight } from './answer.ts';
import type { FilterConfig } from './config.ts';
import { isWrongLanguage } from './language.ts';
import { mentionsInput } from './mentions.ts';
import { type RuleName, ruleNames } from './names.ts';
import { isRefusal } from './refusal.ts';
import { isRepetitive } from './repetition.ts';
import { isTruncated } from './truncation.ts';
import { wordsOf } from './words.ts';

/** What the rules see of one chain. */
export interface Candidate {
  readonly sample: Sample;
  readonly think: string;
  readonly answer: string;
  /** Cosine of answer and reference; open-ended questions only. */
  readonly similarity?: number;
  /** The judge's score of the answer; open-ended questions only, where there is a judge. */
  readonly score?: number;
}

interface Seen extends Candidate {
  readonly words: readonly string[];
}

type Rule = (chain: Seen, config: FilterConfig) => boolean;

const isOpen = ({ sample }: Candidate) => sample.problem_type === 'free-form';

const spelled = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** The answer, for a letter what its option says, and a small number as a word. */
function saidAs({ sample, answer }: Candidate): string[] {
  const letter = /^\s*\(?([A-Z])\b/.exec(answer)?.[1];
  const texts = (sample.options ?? []).map((option) => /^\s*\(?([A-Z])[.):]\s*(.*)$/s.exec(option));
  const option = texts.find((match) => match?.[1] === letter)?.[2];
  return [answer, option, spelled[Number(answer || Number.NaN)]].filter((text) => text !== undefined);
}

const asked = ({ sample }: Candidate) =>
  [sample.problem, ...(sample.options ?? []), solutionText(sample.solution)].join('\n');

/** Whether the rule has something against the chain. */
export const rules: Readonly<Record<RuleName, Rule>> = {
  refused: ({ think, answer }) => isRefusal(think) || isRefusal(answer),
  truncated: (chain) => isTruncated(chain.think, saidAs(chain)),
  'mentions-description': (chain) => mentionsInput(chain.think, asked(chain)),
  'wrong-language': ({ think, sample }, { language, maxForeign }) =>
    isWrongLanguage(think, sample.problem, language, maxForeign),
  repetitive: ({ words }, { maxRepetition }) => isRepetitive(words, maxRepetition),
  'too-short': ({ words }, { minWords }) => words.length < minWords,
  'too-long': ({ words }, { maxWords }) => words.length > maxWords,
  'wrong-answer': (chain, config) => !isOpen(chain) && !isRight(chain.sample, chain.answer, config),
  'low-similarity': ({ similarity }, { minSimilarity }) => similarity !== undefined && similarity < minSimilarity,
  'judged-wrong': ({ score }, { minJudgeScore }) => score !== undefined && score < minJudgeScore,
};

export interface FilterVerdict {
  readonly kept: boolean;
  /** The first rule that rejects it; undefined for what is kept. */
  readonly reason: RuleName | undefined;
  /** Every rule that has something against it, those that are off too, in order. */
  readonly rules: readonly RuleName[];
  readonly similarity?: number;
  readonly score?: number;
}

export function judge(chain: Candidate, config: FilterConfig): FilterVerdict {
  const seen = { ...chain, words: wordsOf(chain.think) };
  const found = ruleNames.filter((name) => rules[name](seen, config));
  const reason = found.find((name) => !config.off.includes(name));
  const { similarity, score } = chain;
  return { kept: reason === undefined, reason, rules: found, similarity, score };
}
