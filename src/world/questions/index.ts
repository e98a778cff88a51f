// All question kinds, and the draw of a few different ones for a scene.
import { createRng, hash32 } from '../../base/rng.ts';
import type { Scene } from '../scene.ts';
import { documentKinds } from './document.ts';
import { generalKinds } from './general.ts';
import { mathematicsKinds } from './mathematics.ts';
import { type Question, type QuestionKind, toQuestion } from './question.ts';
import { scienceKinds } from './science.ts';
import { spatiotemporalKinds } from './spatiotemporal.ts';

export const questionKinds: readonly QuestionKind[] = [
  ...generalKinds,
  ...spatiotemporalKinds,
  ...scienceKinds,
  ...mathematicsKinds,
  ...documentKinds,
];

export type { Question, QuestionKind } from './question.ts';

/** Every question that can be asked about a scene: one per kind and possible subject. Deterministic. */
export function allQuestions(scene: Scene): Question[] {
  return questionKinds.flatMap((kind) => {
    const rng = createRng(hash32(`questions/${scene.split}/${scene.seed}/${kind.kind}`));
    return kind.ask(scene, rng).map((asked) => toQuestion(kind, asked, rng));
  });
}

/** Up to `count` questions of different kinds, rarely applicable kinds first by weight. Deterministic; at least one. */
export function askScene(scene: Scene, count: number): Question[] {
  const rng = createRng(hash32(`draw/${scene.split}/${scene.seed}`));
  const byKind = Map.groupBy(allQuestions(scene), ({ kind }) => kind);
  const weights = questionKinds.filter(({ kind }) => byKind.has(kind));
  // Exponential keys: the smallest -log(u) / weight first is a weighted draw without replacement.
  return weights
    .map(({ kind, weight }) => ({ kind, key: -Math.log(1 - rng.next()) / weight }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ kind }) => rng.pick(byKind.get(kind) ?? []));
}
