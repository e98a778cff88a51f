// ROUGE-1, ROUGE-2 and ROUGE-L F-measures as the Python package rouge-score 0.1.2 computes them with use_stemmer=True:
// lower case, everything but a–z0–9 becomes a space, words of more than three letters are stemmed, n-gram counts are
// clipped, ROUGE-L is over the whole text. Leaves out: bootstrap intervals, ROUGE-Lsum.
import { porterStem } from './porter.ts';

export interface RougeScores {
  readonly rouge1: number;
  readonly rouge2: number;
  readonly rougeL: number;
}

/** Tokens of rouge-score's default tokenizer with the stemmer. */
export function rougeTokens(text: string): string[] {
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  return words.filter((word) => word !== '').map((word) => (word.length > 3 ? porterStem(word) : word));
}

/** 2PR / (P + R) from `common` units of `predicted` and `expected` many; 0 without any in common. */
function fMeasure(common: number, predicted: number, expected: number): number {
  const precision = common / Math.max(predicted, 1);
  const recall = common / Math.max(expected, 1);
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

function ngramCounts(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const key = tokens.slice(i, i + n).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function rougeN(expected: readonly string[], predicted: readonly string[], n: number): number {
  const counts = ngramCounts(predicted, n);
  let common = 0;
  for (const [key, count] of ngramCounts(expected, n)) common += Math.min(count, counts.get(key) ?? 0);
  const total = (tokens: readonly string[]) => Math.max(0, tokens.length - n + 1);
  return fMeasure(common, total(predicted), total(expected));
}

/** Length of the longest common subsequence, one row at a time. */
function lcsLength(a: readonly string[], b: readonly string[]): number {
  let row = new Uint32Array(b.length + 1);
  for (const token of a) {
    const next = new Uint32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) {
      next[j] = token === b[j - 1] ? row[j - 1] + 1 : Math.max(row[j], next[j - 1]);
    }
    row = next;
  }
  return row[b.length];
}

/** F-measures in [0, 1] of a prediction against one reference text. */
export function rouge(reference: string, prediction: string): RougeScores {
  const expected = rougeTokens(reference);
  const predicted = rougeTokens(prediction);
  return {
    rouge1: rougeN(expected, predicted, 1),
    rouge2: rougeN(expected, predicted, 2),
    rougeL: fMeasure(lcsLength(expected, predicted), predicted.length, expected.length),
  };
}
