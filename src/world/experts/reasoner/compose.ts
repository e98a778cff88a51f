// The chain of thought in its three parts: the question restated, what is seen, the reasoning that ends in the answer.
import type { Facts } from '../facts.ts';
import { sentencesOf } from '../language/parse.ts';
import { sentencesOfFacts } from '../language/sentences.ts';
import type { Answered } from './solve.ts';

export interface Chain {
  readonly restated: string;
  readonly seen: readonly string[];
  readonly reasoning: readonly string[];
}

export interface Completion {
  readonly think: string;
  readonly answer: string;
}

/** Chains shorter than this, in words, say that they have named everything. */
const shortChain = 24;
export const nothingElse = (medium: Facts['medium']): string => `There is nothing else in the ${medium}.`;

const wordCount = (sentences: readonly string[]) => sentences.join(' ').split(/\s+/).length;

/** The chain that follows from facts and an answer. */
export function chainOf(restated: string, facts: Facts, { reasoning }: Answered): Chain {
  const seen = sentencesOfFacts(facts);
  const short = wordCount([restated, ...seen, ...reasoning]) < shortChain;
  return { restated, seen: short ? [...seen, nothingElse(facts.medium)] : seen, reasoning };
}

export const textOf = ({ restated, seen, reasoning }: Chain): string => [restated, ...seen, ...reasoning].join(' ');

/** A chain's text taken apart again: the first sentence, those up to `firstReason`, and the rest. */
export function takeApart(think: string, isSeen: (sentence: string) => boolean): Chain {
  const [restated = '', ...rest] = sentencesOf(think);
  const end = rest.findIndex((sentence) => !isSeen(sentence));
  const cut = end < 0 ? rest.length : end;
  return { restated, seen: rest.slice(0, cut), reasoning: rest.slice(cut) };
}
