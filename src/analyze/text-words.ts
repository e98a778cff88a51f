// Words of a text for counting, fast on scripts with spaces; Chinese and its like are cut by the segmenter that report/ uses. And which words carry
// nothing by themselves.
import { words } from '../report/words.ts';

const spaced = /[\p{L}\p{N}]+(?:['’]\p{L}+)*/gu;
const unspaced = /[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]/;

/** Lower-cased, punctuation left out. */
export function textWords(text: string): string[] {
  return unspaced.test(text) ? words(text) : (text.toLowerCase().match(spaced) ?? []);
}

/** English function words, and what a tokenizer leaves of contractions: word clouds leave them out, counts do not. */
const stopWords = new Set(
  `a about above after again all also am an and any are aren't as at be because been before being below between both but by can can't cannot could
couldn't did didn't do does doesn't doing don't down during each few for from further had has have having he her here hers him his how i i'd i'll i'm
i've if in into is isn't it it's its itself just let let's like me more most my no nor not now of off on once only or other our ours out over own same
she should so some such than that that's the their theirs them then there there's these they they're this those through to too under until up us very
was wasn't we we're were what what's when where which while who whom why will with would you you're your yours`.split(
    /\s+/,
  ),
);

/** Whether a word may stand in a cloud: it means something by itself. */
export const isContent = (word: string): boolean =>
  !stopWords.has(word.replace('’', "'")) && !/^\p{N}+$/u.test(word) && (word.length > 1 || unspaced.test(word));
