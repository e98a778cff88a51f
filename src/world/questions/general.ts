// General questions: colours, shapes, what happens to something, who does something, what happens altogether.
import type { Rng } from '../../base/rng.ts';
import { caption, predicateOf } from '../captions.ts';
import { drawMotion, drawWeighted } from '../recipes.ts';
import { isMoving, type MotionKind, motionName, nameOf, type Scene, type WorldObject } from '../scene.ts';
import { colours, shapes } from '../vocab.ts';
import { drawDistractors, isClip, objectDistractors, type QuestionKind, subjects, the } from './question.ts';

const hasShapes = (scene: Scene) => isClip(scene) || scene.figure.type === 'shapes';
const isOnly = <K extends 'colour' | 'shape'>(scene: Scene, object: WorldObject, key: K) =>
  scene.objects.filter((other) => other[key] === object[key]).length === 1;

const colour: QuestionKind = {
  kind: 'colour',
  skill: 'general',
  problemType: 'multiple choice',
  weight: 0.7,
  ask: (scene, rng) =>
    (hasShapes(scene) ? subjects(scene) : [])
      .filter((object) => isOnly(scene, object, 'shape'))
      .map((object) => ({
        problem: `What colour is the ${object.shape}?`,
        answer: object.colour,
        distractors: drawDistractors(rng, colours, [object.colour]),
        facts: { subject: nameOf(object) },
      })),
};

const shape: QuestionKind = {
  kind: 'shape',
  skill: 'general',
  problemType: 'multiple choice',
  weight: 0.7,
  ask: (scene, rng) =>
    (hasShapes(scene) ? subjects(scene) : [])
      .filter((object) => isOnly(scene, object, 'colour'))
      .map((object) => ({
        problem: `What shape is the ${object.colour} object?`,
        answer: object.shape,
        distractors: drawDistractors(rng, shapes, [object.shape]),
        facts: { subject: nameOf(object) },
      })),
};

/** How often each motion is the truth of an 'event' question; distractors are drawn alike, so that none is a better guess. */
const eventShare: Readonly<Record<MotionKind, number>> = {
  moves: 0.26,
  still: 0.14,
  grows: 0.09,
  shrinks: 0.08,
  stops: 0.16,
  enters: 0.1,
  leaves: 0.08,
  hits: 0.05,
  hides: 0.02,
};

/** Whether a predicate is not clearly wrong about an object: something that enters from the left also moves right. */
export function isAlsoTrue(predicate: string, object: WorldObject): boolean {
  const { kind, direction } = object.motion;
  if (predicate === motionName(object.motion)) return true;
  if (!isMoving(object) || kind === 'moves') return false;
  if (predicate === `moves ${direction}`) return true;
  return (kind === 'hits' || kind === 'hides') && predicate === `moves ${direction} and stops`;
}

function drawPredicate(rng: Rng, scene: Scene, object: WorldObject): string {
  const kind = drawWeighted(rng, eventShare);
  const others = scene.objects.filter((other) => other !== object);
  if (kind !== 'hits' && kind !== 'hides') return motionName(drawMotion(rng, kind));
  if (others.length === 0) return drawPredicate(rng, scene, object);
  return `${kind === 'hits' ? 'hits' : 'hides behind'} ${the(rng.pick(others))}`;
}

function eventDistractors(rng: Rng, scene: Scene, object: WorldObject): string[] {
  const truth = predicateOf(object, scene);
  const found: string[] = [];
  while (found.length < 3) {
    const predicate = drawPredicate(rng, scene, object);
    if (predicate !== truth && !found.includes(predicate) && !isAlsoTrue(predicate, object)) found.push(predicate);
  }
  return found;
}

const event: QuestionKind = {
  kind: 'event',
  skill: 'general',
  problemType: 'multiple choice',
  weight: 2,
  // Still objects are the commonest; asking about every second of them keeps "stays still" from being the best guess.
  ask: (scene, rng) =>
    (isClip(scene) ? subjects(scene) : [])
      .filter(({ motion }) => motion.kind !== 'still' || rng.next() < 0.4)
      .map((object) => ({
        problem: `What happens to ${the(object)}?`,
        answer: predicateOf(object, scene),
        distractors: eventDistractors(rng, scene, object),
        facts: { subject: nameOf(object), motion: object.motion.kind, direction: object.motion.direction ?? '' },
      })),
};

const which: QuestionKind = {
  kind: 'which',
  skill: 'general',
  problemType: 'multiple choice',
  weight: 1.5,
  ask: (scene, rng) =>
    (isClip(scene) && scene.objects.length > 1 ? subjects(scene) : [])
      .filter(
        (object) => !scene.objects.some((other) => other !== object && isAlsoTrue(predicateOf(object, scene), other)),
      )
      .map((object) => ({
        problem: `Which object ${predicateOf(object, scene)}?`,
        answer: the(object),
        distractors: objectDistractors(
          rng,
          scene,
          object,
          object.target === undefined ? [] : [scene.objects[object.target]],
        ),
        facts: { subject: nameOf(object), motion: object.motion.kind },
      })),
};

const describe: QuestionKind = {
  kind: 'describe',
  skill: 'general',
  problemType: 'free-form',
  weight: 0.8,
  ask: (scene) =>
    isClip(scene)
      ? [{ problem: 'What happens in the video?', answer: caption(scene), facts: { objects: scene.objects.length } }]
      : [],
};

export const generalKinds: readonly QuestionKind[] = [colour, shape, event, which, describe];
