// The reasoner's way out for questions and descriptions outside the micro-world: the option that shares most words with the
// description, a number that stands in it, or its caption. Valid in form; no claim to be right.
import type { Completion } from './compose.ts';
import { optionsOf, type Question } from './solve.ts';

const wordsIn = (text: string) => new Set(text.toLowerCase().match(/[a-z0-9]+/g) ?? []);

function shared(text: string, known: ReadonlySet<string>): number {
  const words = [...wordsIn(text)];
  return words.filter((word) => known.has(word)).length / Math.max(1, words.length);
}

function captionOf(description: unknown): string {
  const caption = (description as { caption?: unknown } | null)?.caption;
  return typeof caption === 'string' ? caption.replaceAll(/[<>]/g, ' ').trim() : '';
}

/** An answer in the right form to any question. */
export function guess(description: unknown, question: Question): Completion {
  const caption = captionOf(description) || 'Nothing can be made out.';
  const known = wordsIn(JSON.stringify(description ?? ''));
  const options = optionsOf(question);
  const best = options.reduce((a, b) => (shared(b.words, known) > shared(a.words, known) ? b : a), options[0]);
  const number = /^how (?:many|fast|much|full|long|far)/i.test(question.problem)
    ? (/\d+(?:\.\d+)?/.exec(caption)?.[0] ?? '1')
    : undefined;
  const answer = best?.letter ?? number ?? caption;
  const restated = `The question asks this: ${question.problem.replace(/[?.]+\s*$/, '')}.`;
  return { think: `${restated} ${caption} So the answer is ${answer}.`, answer };
}
