// Whether a reasoning stops in the middle of a sentence. A last line without a full stop is common and whole: it names the answer, ends in a
// number, or leads up to the answer that stands behind it ("The answer is"). Leaves out: cuts at the end of a sentence, which no text shows.
import { wordsOf } from './words.ts';

/** Ends of sentences in any script, closing marks behind them ignored. */
const closed = /[.!?…。！？।؟:：]["'”’»」)\]}*_`~\s]*$/u;
const wrappers = /["'”’»」)\]}*_`~\s]+$/u;
/** Words after which English goes on. */
const dangling = new Set(
  'a an the and or but of to in on at by for from with as that which who because while when if so its their his her this these is are was were be has have not than into onto very'.split(
    ' ',
  ),
);
/** What leads up to an answer that stands behind the reasoning. */
const leadsUp = /\b(?:answer|option|choice|conclusion)(?: (?:is|would be|must be|should be))?$/i;
/** A line shorter than this is an item or a heading. */
const SENTENCE_WORDS = 3;

const isSentence = (text: string): boolean => !/(?:^|\n)\s*(?:[-*•#|]|\d+[.)])[^\n]*$/.test(text);

/** What stands behind the last full stop or line's end. */
const lastSentence = (text: string): string =>
  text
    .split(/\n|[.!?。！？]\s+/u)
    .at(-1)
    ?.trim() ?? '';

/** `answers`: what the reasoning may end in without a full stop: its answer, and the option that this letter means. */
export function isTruncated(think: string, answers: readonly string[]): boolean {
  if (closed.test(think)) return false;
  const bare = think.replace(wrappers, '');
  if (/[,;([{–—-]$/.test(bare)) return true;
  const sentence = lastSentence(bare);
  const words = wordsOf(sentence);
  if (leadsUp.test(sentence)) return false;
  if (dangling.has(words.at(-1) ?? '') && !endsIn(words, answers)) return true;
  if (names(sentence, answers)) return false;
  // What ends in a number or a formula is taken as whole.
  return words.length >= SENTENCE_WORDS && isSentence(bare) && /\p{L}$/u.test(bare);
}

/** Whether the sentence has one of the answers: 'Hence B is the right choice'. A letter must be a capital: 'a' is a word. */
function names(sentence: string, answers: readonly string[]): boolean {
  const line = ` ${wordsOf(sentence).join(' ')} `;
  const isNamed = (answer: string) => {
    const letter = /^\(?([A-Z])\b[.):]?$/.exec(answer.trim())?.[1];
    if (letter) return new RegExp(`\\b${letter}\\b`).test(sentence);
    const words = wordsOf(answer);
    return words.length > 0 && line.includes(` ${words.join(' ')} `);
  };
  return answers.some(isNamed);
}

const endsIn = (words: readonly string[], answers: readonly string[]): boolean =>
  answers.map(wordsOf).some((answer) => answer.length > 0 && words.slice(-answer.length).join() === answer.join());
