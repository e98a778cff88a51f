// OCR: 1 − word error rate, floored at 0 (METHOD section 3). Word error rate as jiwer computes it with its default
// transforms: runs of two or more white-space characters become one space, the ends are stripped, words are split at
// U+0020 alone (so a single tab or line break stays inside a word), case and punctuation count.
// `released` splits at any white space, as the authors' own function does.
import { pythonSpace, pythonStrip } from './python.ts';
import { truthUnreadable, type Verdict, wrong } from './verdict.ts';

export type OcrVariant = 'paper' | 'released';

const runs = new RegExp(`[${pythonSpace}]{2,}`, 'g');
const any = new RegExp(`[${pythonSpace}]+`);

function wordsOf(text: string, variant: OcrVariant): string[] {
  const words = variant === 'released' ? text.split(any) : pythonStrip(text.replace(runs, ' ')).split(' ');
  return words.filter((word) => word !== '');
}

/** Word-level Levenshtein distance, one row at a time: O(|a|·|b|) time, O(|b|) memory. */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let row = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = new Uint32Array(b.length + 1);
    next[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(swap, row[j] + 1, next[j - 1] + 1);
    }
    row = next;
  }
  return row[b.length];
}

/** Edits per reference word, ≥ 0, may exceed 1; for an empty reference the number of inserted words, as jiwer. */
export function wordErrorRate(reference: string, hypothesis: string, variant: OcrVariant = 'paper'): number {
  const expected = wordsOf(reference, variant);
  const got = wordsOf(hypothesis, variant);
  return editDistance(expected, got) / Math.max(1, expected.length);
}

/**
 * max(0, 1 − word error rate).
 * @throws VideorftError reward-truth-unreadable when the truth has no words.
 */
export function scoreOcr(answer: string, truth: string, variant: OcrVariant = 'paper'): Verdict {
  if (wordsOf(truth, variant).length === 0) throw truthUnreadable('a text with words', truth);
  if (wordsOf(answer, variant).length === 0) return wrong('the answer is empty');
  return { value: Math.max(0, 1 - wordErrorRate(truth, answer, variant)) };
}
