// Questions about what bodies do: collisions, hiding, what would happen next, who is faster; and charts, glasses, balances.
import type { Rng } from '../../base/rng.ts';
import { nameOf, type Scene, type WorldObject } from '../scene.ts';
import { directions, sideOf, unit } from '../vocab.ts';
import { drawDistractors, isClip, objectDistractors, type QuestionKind, subjects, the } from './question.ts';

const common = { skill: 'science', problemType: 'multiple choice' } as const;

function targetKind(
  kind: string,
  motion: 'hits' | 'hides',
  ask: (name: string) => string,
  weight: number,
): QuestionKind {
  return {
    ...common,
    kind,
    weight,
    ask: (scene, rng) =>
      (isClip(scene) ? subjects(scene) : [])
        .filter((object) => object.motion.kind === motion && object.target !== undefined)
        .map((object) => {
          const target = scene.objects[object.target ?? 0];
          return {
            problem: ask(the(object)),
            answer: the(target),
            distractors: objectDistractors(rng, scene, target, [object]),
            facts: { subject: nameOf(object), target: nameOf(target) },
          };
        }),
  };
}

/** Across its way an object is hit within 0.6 of the summed radii, missed from 1.4 on; between the two nobody should be asked. */
const laneMargin = { hit: 0.6, miss: 1.4 };

/** What a constant mover would run into after the end: an object, 'nothing', or undefined where it is not clear. */
export function aheadOf(scene: Scene, mover: WorldObject): WorldObject | 'nothing' | undefined {
  const end = scene.frames - 1;
  const [ux, uy] = unit[mover.motion.direction ?? 'left'];
  let nearest: { object: WorldObject; distance: number } | undefined;
  for (const object of scene.objects) {
    if (object === mover) continue;
    const [dx, dy] = [object.track.x[end] - mover.track.x[end], object.track.y[end] - mover.track.y[end]];
    const along = dx * ux + dy * uy;
    if (along < 0) continue;
    const lane = Math.abs(dx * uy - dy * ux) / (object.track.radius[end] + mover.track.radius[end]);
    if (lane >= laneMargin.miss) continue;
    if (lane > laneMargin.hit) return undefined;
    if (!nearest || along < nearest.distance) nearest = { object, distance: along };
  }
  return nearest?.object ?? 'nothing';
}

/** Three wrong options: every other object ahead or not, and sides; the side it travels to among them where it is wrong. */
function nextDistractors(rng: Rng, scene: Scene, mover: WorldObject, answer: string): string[] {
  const hits = scene.objects.filter((object) => object !== mover).map((object) => `it hits ${the(object)}`);
  const exits = directions.map((direction) => `it leaves on the ${sideOf[direction]}`);
  const wrongHits = drawDistractors(rng, hits, [answer], 1);
  return [...wrongHits, ...drawDistractors(rng, exits, [answer], 3 - wrongHits.length)];
}

const whatIf: QuestionKind = {
  ...common,
  kind: 'what-if',
  weight: 8,
  ask: (scene, rng) => {
    if (!isClip(scene) || scene.objects.length < 2 || scene.texts.length > 0) return [];
    const movers = scene.objects.filter(({ motion }) => motion.kind === 'moves');
    const others = scene.objects.filter(({ motion }) => motion.kind === 'still' || motion.kind === 'stops');
    const [mover] = movers;
    if (movers.length !== 1 || movers.length + others.length !== scene.objects.length) return [];
    const ahead = aheadOf(scene, mover);
    if (!ahead || !mover.motion.direction || !subjects(scene).includes(mover)) return [];
    const answer = ahead === 'nothing' ? `it leaves on the ${sideOf[mover.motion.direction]}` : `it hits ${the(ahead)}`;
    return [
      {
        problem: `What happens if ${the(mover)} keeps moving in the same way?`,
        answer,
        distractors: nextDistractors(rng, scene, mover, answer),
        facts: {
          subject: nameOf(mover),
          direction: mover.motion.direction,
          ahead: ahead === 'nothing' ? '' : nameOf(ahead),
        },
      },
    ];
  },
};

/** The faster of two must be at least this many times as fast. */
const speedRatio = 1.5;

const faster: QuestionKind = {
  ...common,
  kind: 'faster',
  weight: 8,
  ask: (scene, rng) => {
    const moving = scene.objects.filter(({ speed }) => speed > 0).sort((a, b) => b.speed - a.speed);
    if (!isClip(scene) || moving.length !== 2 || moving[0].speed < speedRatio * moving[1].speed - 1e-9) return [];
    if (!subjects(scene).includes(moving[0])) return [];
    return [
      {
        problem: 'Which object moves faster?',
        answer: the(moving[0]),
        distractors: objectDistractors(rng, scene, moving[0]),
        facts: { subject: nameOf(moving[0]), speed: moving[0].speed, slower: moving[1].speed },
      },
    ];
  },
};

const tallest: QuestionKind = {
  ...common,
  kind: 'tallest',
  weight: 1,
  ask: ({ figure }, rng) => {
    if (figure.type !== 'bars') return [];
    const top = figure.bars.reduce((a, b) => (b.height > a.height ? b : a));
    const wrong = figure.bars.filter((bar) => bar !== top).map(({ colour }) => colour);
    return [
      {
        problem: 'Which bar is the tallest?',
        answer: top.colour,
        distractors: rng.shuffle(wrong),
        facts: { place: figure.bars.indexOf(top), height: top.height },
      },
    ];
  },
};

const balance: QuestionKind = {
  ...common,
  kind: 'balance',
  weight: 1,
  ask: ({ figure }, rng) =>
    figure.type === 'balance'
      ? [
          {
            problem: 'Which side of the balance is heavier?',
            answer: figure.heavier,
            distractors: drawDistractors(rng, ['left', 'right', 'neither'], [figure.heavier]),
            facts: { heavier: figure.heavier },
          },
        ]
      : [],
};

const level: QuestionKind = {
  skill: 'science',
  problemType: 'regression',
  kind: 'level',
  weight: 1,
  ask: ({ figure }) =>
    figure.type === 'glass'
      ? [
          {
            problem: 'How full is the glass, from 0 to 1?',
            answer: String(figure.level),
            facts: { level: figure.level },
          },
        ]
      : [],
};

export const scienceKinds: readonly QuestionKind[] = [
  targetKind('hit-target', 'hits', (name) => `Which object does ${name} hit?`, 8),
  targetKind('hide-target', 'hides', (name) => `Behind which object does ${name} hide?`, 10),
  whatIf,
  faster,
  tallest,
  balance,
  level,
];
