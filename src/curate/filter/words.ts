// Words of a text in any script, and a text without what it quotes: what the rules about wording count and look at.

/** Scripts that write no spaces between words. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const spaced = /[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu;
let segmenter: Intl.Segmenter | undefined;

/** Words and numbers in order, in lower case. */
export function wordsOf(text: string): string[] {
  const lower = text.toLowerCase();
  if (!spaceless.test(lower)) return lower.match(spaced) ?? [];
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(lower)) if (isWordLike) words.push(segment);
  return words;
}

/** Quotations of at most this many characters: a mark that is never closed must not swallow the text. */
const quoted = /"[^"\n]{1,300}"|“[^”\n]{1,300}”|«[^»\n]{1,300}»|「[^」\n]{1,300}」|`[^`\n]{1,300}`/g;

/** The text without its quotations: what a sign says, the reasoning does not say. */
export const withoutQuotations = (text: string): string => text.replace(quoted, ' ');
