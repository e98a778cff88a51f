// How alike a generated answer and the reference are: the cosine of their text embeddings, every distinct text embedded once, in batches.
// Whose embeddings they are (CLIP's in the paper), the Embedder port leaves open.
import type { Sample } from '../../data/sample.ts';
import { solutionText } from '../../prompt/parse.ts';
import type { Embedder } from '../../rewards/embedder.ts';
import { cosine } from '../../rewards/semantic.ts';
import { squeeze } from './answer.ts';

/** Text length that is embedded, in the embedder's tokens: as much as CLIP takes; SigLIP's tower cuts at its 64. */
const MAX_TOKENS = 77;
const BATCH = 64;

/** The texts that an open-ended verdict compares: the answer and the truth. */
export const openTexts = (sample: Sample, answer: string): [string, string] => [
  squeeze(answer),
  squeeze(solutionText(sample.solution)),
];

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

/** Of an open-ended answer; undefined for a question with one truth. `embeddings` holds both texts. */
export function similarityOf(
  sample: Sample,
  answer: string,
  embeddings: ReadonlyMap<string, Float32Array>,
): number | undefined {
  if (sample.problem_type !== 'free-form') return undefined;
  const [a, b] = openTexts(sample, answer).map((text) => embeddings.get(text));
  if (!a || !b) throw new Error('an open-ended answer was not embedded');
  return cosine(a, b);
}
