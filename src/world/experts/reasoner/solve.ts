// Question + facts → answer and the sentences that lead to it. Options are matched by their words; where the answer that the facts
// give is none of them, one is taken all the same, as someone who has to choose would.
import { hash32 } from '../../../base/rng.ts';
import type { Facts } from '../facts.ts';
import { generalKinds } from './kinds/general.ts';
import type { Kind } from './kinds/kind.ts';
import { numberKinds } from './kinds/numbers.ts';
import { scienceKinds } from './kinds/science.ts';
import { spaceKinds } from './kinds/space.ts';

export interface Question {
  readonly problem: string;
  /** "A. left"; empty where there are none. */
  readonly options: readonly string[];
}

export interface Understood {
  readonly kind: Kind;
  readonly match: RegExpExecArray;
}

export interface Answered {
  /** What goes between the answer tags: a letter, or words. */
  readonly answer: string;
  /** Answer in words. */
  readonly words: string;
  /** Reasoning, conclusion last. */
  readonly reasoning: readonly string[];
}

const kinds: readonly Kind[] = [...generalKinds, ...spaceKinds, ...scienceKinds, ...numberKinds];

/** The kind of a question, by its wording; undefined for questions that are not about the micro-world. */
export function understand({ problem }: Question): Understood | undefined {
  for (const kind of kinds) {
    const match = kind.pattern.exec(problem.trim());
    if (match) return { kind, match };
  }
  return undefined;
}

const optionPattern = /^\s*\(?([A-Z])[.):]\s*(.*)$/;

export interface Option {
  readonly letter: string;
  readonly words: string;
}

export const optionsOf = ({ options }: Question): Option[] =>
  options.flatMap((option) => {
    const match = optionPattern.exec(option);
    return match ? [{ letter: match[1], words: match[2].trim() }] : [];
  });

/** The option that says it; else one by chance, always the same for the same question and answer. */
function choose(options: readonly Option[], words: string): Option {
  const same = options.find((option) => option.words.toLowerCase() === words.toLowerCase());
  return same ?? options[hash32(`${words}/${options.map((o) => o.words).join()}`) % options.length];
}

/** Answers from facts. `override` replaces the answer in words and is concluded instead: a slip of reasoning. */
export function answer(
  { kind, match }: Understood,
  question: Question,
  facts: Facts,
  override?: (words: string, options: readonly Option[]) => string,
): Answered | undefined {
  const solution = kind.solve(facts, match);
  if (!solution) return undefined;
  const options = optionsOf(question);
  const own = options.length > 0 ? choose(options, solution.answer).words : solution.answer;
  const words = override ? override(own, options) : own;
  const letter = options.find((option) => option.words === words)?.letter;
  // Said once more in the very words of the option, or of the answer: the letter, or the number, is then only to be looked up.
  const said = words.endsWith('.') ? [] : [`The answer is ${words}.`];
  return { answer: letter ?? words, words, reasoning: [...solution.because, solution.conclude(words), ...said] };
}
