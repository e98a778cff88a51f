// The stand-in for a vision model that corrects drafts: it looks at the frames itself, compares, names what the pixels contradict, and
// repairs the sentences, and the reasoning where it depends on them. It overlooks a share, so that the filter has work.
import type { Rng } from '../../../base/rng.ts';
import type { Facts, Thing } from '../facts.ts';
import { claimOf, sentencesOf } from '../language/parse.ts';
import { type Completion, chainOf, nothingElse, takeApart, textOf } from '../reasoner/compose.ts';
import { factsOfSentences } from '../reasoner/facts-of-sentences.ts';
import { type Answered, answer, type Question, understand } from '../reasoner/solve.ts';
import { type Difference, differenceOf, otherDifferences, pairUp } from './compare.ts';
import { explain, type Inconsistency } from './explain.ts';

export interface RefinerOptions {
  /** Share of plain contradictions that it does not see, 0..1. */
  readonly overlooks: number;
  /** The same for subtle ones: the manner of a motion. */
  readonly overlooksSubtle: number;
  /** Share of slips of reasoning (right about what is seen, wrong answer) that pass: it checks pictures, not logic. */
  readonly passesSlips: number;
}
export const refinerDefaults: RefinerOptions = { overlooks: 0.08, overlooksSubtle: 0.3, passesSlips: 0.75 };

export interface Refined extends Completion {
  readonly inconsistencies: readonly Inconsistency[];
}

function isSeen(sentence: string): boolean {
  const claim = claimOf(sentence);
  if (claim?.type === 'thing') return sentence.startsWith('A ');
  return claim !== undefined || sentence === nothingElse('video') || sentence === nothingElse('image');
}

interface Merged {
  /** What the revision holds to be true: what is seen, and what was overlooked. */
  readonly facts: Facts;
  readonly repaired: readonly Difference[];
}

/** Decides what is noticed, and mixes what is seen with what the draft goes on saying. */
function merge(
  said: Pick<Facts, 'things' | 'writings' | 'figure'>,
  seen: Facts,
  notices: (d: Difference) => boolean,
): Merged {
  const repaired: Difference[] = [];
  const things = pairUp(said.things, seen.things).flatMap((pair): Thing[] => {
    const difference = differenceOf(pair);
    const places = pair.seen?.places ?? [];
    if (!difference) return pair.seen ? [pair.seen] : [];
    if (!notices(difference)) return pair.said ? [{ ...pair.said, places }] : [];
    repaired.push(difference);
    return pair.seen ? [pair.seen] : [];
  });
  const others = otherDifferences(said, seen);
  const noticed = others.filter(notices);
  repaired.push(...noticed);
  const keeps = (type: Difference['type']) =>
    others.some((d) => d.type === type) && !noticed.some((d) => d.type === type);
  const { figure: _figure, ...rest } = seen;
  const figure = keeps('figure') ? said.figure : seen.figure;
  const writings = keeps('text') ? said.writings : seen.writings;
  return { facts: { ...rest, things, writings, ...(figure && { figure }) }, repaired };
}

const completed = (
  restated: string,
  facts: Facts,
  answered: Answered,
  inconsistencies: readonly Inconsistency[],
): Refined => ({
  think: textOf(chainOf(restated, facts, answered)),
  answer: answered.answer,
  inconsistencies,
});

/**
 * Corrects a draft by what is seen in the frames (`seen`; undefined for pictures it cannot make sense of: the draft stays).
 * Same `rng` state, same result.
 */
export function refine(
  draft: Completion,
  question: Question,
  seen: Facts | undefined,
  options: RefinerOptions,
  rng: Rng,
): Refined {
  const unchanged: Refined = { ...draft, inconsistencies: [] };
  const understood = understand(question);
  if (!seen || !understood) return unchanged;
  const { restated, seen: sentences, reasoning } = takeApart(draft.think, isSeen);
  const misses = (d: Difference) => (d.type === 'thing' && d.subtle ? options.overlooksSubtle : options.overlooks);
  const { facts, repaired } = merge(factsOfSentences(sentences), seen, (d) => rng.next() >= misses(d));
  const answered = answer(understood, question, facts);
  if (!answered) return unchanged;
  if (repaired.length > 0) {
    return completed(
      restated,
      facts,
      answered,
      repaired.map((d) => explain(d, seen)),
    );
  }
  const follows = answered.answer === draft.answer;
  if (follows || rng.next() < options.passesSlips) return unchanged;
  const claim = reasoning.at(-1) ?? sentencesOf(draft.think).at(-1) ?? draft.answer;
  const correction = answered.reasoning[answered.reasoning.length - 1];
  const evidence = answered.reasoning.slice(0, -1).join(' ') || 'What is seen says otherwise.';
  return completed(restated, facts, answered, [{ claim, evidence, correction }]);
}
