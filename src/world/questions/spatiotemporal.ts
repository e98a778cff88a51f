// Questions about space and time: directions, sides, order of appearance, places at the end.
import { firstVisible } from '../captions.ts';
import { isMoving, type MotionKind, nameOf, type Scene, type WorldObject } from '../scene.ts';
import { directions, opposite, sideOf, sides } from '../vocab.ts';
import { drawDistractors, isClip, objectDistractors, type QuestionKind, subjects, the } from './question.ts';

const common = { skill: 'spatiotemporal', problemType: 'multiple choice' } as const;
const clipSubjects = (scene: Scene) => (isClip(scene) ? subjects(scene) : []);
const facts = (object: WorldObject) => ({
  subject: nameOf(object),
  motion: object.motion.kind,
  direction: object.motion.direction ?? '',
});

const direction: QuestionKind = {
  ...common,
  kind: 'direction',
  weight: 1.5,
  ask: (scene, rng) =>
    clipSubjects(scene)
      .filter(isMoving)
      .map((object) => ({
        problem: `Which way does ${the(object)} move?`,
        answer: object.motion.direction ?? '',
        distractors: drawDistractors(rng, directions, [object.motion.direction ?? '']),
        facts: facts(object),
      })),
};

/** Questions about the side on which an object comes in or goes out. */
function sideKind(kind: string, motion: MotionKind, ask: (name: string) => string): QuestionKind {
  return {
    ...common,
    kind,
    weight: 3,
    ask: (scene, rng) =>
      clipSubjects(scene)
        .filter((object) => object.motion.kind === motion)
        .map((object) => {
          const travel = object.motion.direction ?? 'left';
          const answer = sideOf[motion === 'enters' ? opposite[travel] : travel];
          return {
            problem: ask(the(object)),
            answer,
            distractors: drawDistractors(rng, sides, [answer]),
            facts: facts(object),
          };
        }),
  };
}

/** Frames between two first appearances that are far enough apart to tell the order at two frames a second. */
const orderMargin = 6;

const first: QuestionKind = {
  ...common,
  kind: 'first',
  weight: 6,
  ask: (scene, rng) => {
    if (!isClip(scene) || scene.objects.length < 2) return [];
    const [winner, second] = [...scene.objects].sort((a, b) => firstVisible(a) - firstVisible(b));
    const [at, next] = [firstVisible(winner), firstVisible(second)];
    if (next - at < orderMargin || !subjects(scene).includes(winner)) return [];
    return [
      {
        problem: 'Which object appears first?',
        answer: the(winner),
        distractors: objectDistractors(rng, scene, winner),
        facts: { subject: nameOf(winner), at, next },
      },
    ];
  },
};

/** "above" needs the other coordinate to differ clearly less; pixels and a ratio. */
const placeMargin = { pixels: 16, ratio: 1.6 };

/** Where a is seen from b, or undefined where it could be said either way. */
export function relationOf(a: readonly [number, number], b: readonly [number, number]): string | undefined {
  const [dx, dy] = [a[0] - b[0], a[1] - b[1]];
  const [more, less] = [Math.max(Math.abs(dx), Math.abs(dy)), Math.min(Math.abs(dx), Math.abs(dy))];
  if (more < placeMargin.pixels || more < placeMargin.ratio * less) return undefined;
  if (Math.abs(dx) > Math.abs(dy)) return dx < 0 ? 'on the left' : 'on the right';
  return dy < 0 ? 'above' : 'below';
}
const relations = ['on the left', 'on the right', 'above', 'below'];

const relative: QuestionKind = {
  ...common,
  kind: 'relative',
  weight: 2.5,
  ask: (scene, rng) => {
    const end = scene.frames - 1;
    const seen = (object: WorldObject) => object.track.visible[end] === 1;
    const at = ({ track }: WorldObject) => [track.x[end], track.y[end]] as const;
    return clipSubjects(scene)
      .filter(seen)
      .flatMap((object) =>
        scene.objects
          .filter((other) => other !== object && seen(other))
          .flatMap((other) => {
            const answer = relationOf(at(object), at(other));
            if (!answer) return [];
            return {
              problem: `Where is ${the(object)} relative to ${the(other)} at the end?`,
              answer,
              distractors: drawDistractors(rng, relations, [answer]),
              facts: { subject: nameOf(object), other: nameOf(other) },
            };
          }),
      );
  },
};

export const spatiotemporalKinds: readonly QuestionKind[] = [
  direction,
  sideKind('enter-side', 'enters', (name) => `From which side does ${name} enter?`),
  sideKind('leave-side', 'leaves', (name) => `On which side does ${name} leave?`),
  first,
  relative,
];
