// Stage 4, the filter (METHOD.md sections 2 and 3): is a chain's own answer right? One truth: by the reward's reading of
// letters and numbers. Open-ended: by the similarity of the text embeddings, all distinct texts embedded once.
import type { Sample } from '../data/sample.ts';
import { solutionText } from '../prompt/parse.ts';
import { scoreMultipleChoice } from '../rewards/accuracy/multiple-choice.ts';
import { scoreNumerical } from '../rewards/accuracy/numerical.ts';
import { wordErrorRate } from '../rewards/accuracy/ocr.ts';
import { scoreRegression } from '../rewards/accuracy/regression.ts';
import type { Embedder } from '../rewards/embedder.ts';
import type { FilterConfig } from './config.ts';

export type FilterVerdict =
  | { readonly kept: true; readonly similarity?: number }
  | { readonly kept: false; readonly reason: 'wrong-answer' | 'low-similarity'; readonly similarity?: number };

/** Text length that is embedded, in the embedder's tokens: as much as CLIP takes; SigLIP's tower cuts at its 64. */
const MAX_TOKENS = 77;
const BATCH = 64;

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Whether an answer to a question with one truth is right. Throws `reward-truth-unreadable` for an unreadable truth. */
export function isRight(sample: Sample, answer: string, config: FilterConfig): boolean {
  const truth = solutionText(sample.solution);
  switch (sample.problem_type) {
    case 'multiple choice':
      return scoreMultipleChoice(answer, truth, { options: sample.options }).value === 1;
    case 'numerical':
      return scoreNumerical(answer, truth).value === 1;
    case 'regression':
      return scoreRegression(answer, truth).value >= 1 - config.regressionTolerance - 1e-9;
    case 'OCR':
      if (config.maxWordErrorRate === 0) return squeeze(answer) === squeeze(truth);
      return wordErrorRate(squeeze(truth), squeeze(answer)) <= config.maxWordErrorRate;
    case 'free-form':
      throw new TypeError('free-form answers have no single truth');
  }
}

/** Embeddings of every distinct text, in batches. */
export async function embedAll(texts: Iterable<string>, embedder: Embedder): Promise<Map<string, Float32Array>> {
  const distinct = [...new Set(texts)];
  const found = new Map<string, Float32Array>();
  for (let at = 0; at < distinct.length; at += BATCH) {
    const batch = distinct.slice(at, at + BATCH);
    const vectors = await embedder.embedTexts(batch, MAX_TOKENS);
    batch.forEach((text, i) => {
      found.set(text, vectors[i]);
    });
  }
  return found;
}

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** The verdict on one answer; `embeddings` holds the squeezed answer and truth of every open-ended sample. */
export function judge(
  sample: Sample,
  answer: string,
  config: FilterConfig,
  embeddings: ReadonlyMap<string, Float32Array>,
): FilterVerdict {
  if (sample.problem_type !== 'free-form') {
    return isRight(sample, answer, config) ? { kept: true } : { kept: false, reason: 'wrong-answer' };
  }
  const [a, b] = openTexts(sample, answer).map((text) => embeddings.get(text)!);
  const similarity = cosine(a, b);
  if (similarity >= config.minSimilarity) return { kept: true, similarity };
  return { kept: false, reason: 'low-similarity', similarity };
}

/** The texts that an open-ended verdict compares: the answer and the truth. */
export const openTexts = (sample: Sample, answer: string): [string, string] => [
  squeeze(answer),
  squeeze(solutionText(sample.solution)),
];
