// Questions with numbers: counting, speed, sums, sides.
import { isMoving, nameOf, type Scene } from '../scene.ts';
import type { Shape } from '../vocab.ts';
import { isClip, type QuestionKind, subjects, the } from './question.ts';

const common = { skill: 'mathematics', problemType: 'numerical' } as const;

/** Clips whose number of objects is open; the others tell a story of one or two. */
const isCounted = ({ source }: Scene) => source === 'world-math' || source === 'world-general';

const countObjects: QuestionKind = {
  ...common,
  kind: 'count-objects',
  weight: 2,
  ask: (scene) =>
    isCounted(scene)
      ? [
          {
            problem: 'How many objects appear in the video?',
            answer: String(scene.objects.length),
            facts: { objects: scene.objects.length },
          },
        ]
      : [],
};

/** Growing and shrinking could be called moving; clips with either are not asked about. */
const clearlyMovingOrNot = (scene: Scene) =>
  scene.objects.every(({ motion }) => motion.kind !== 'grows' && motion.kind !== 'shrinks');

const countMoving: QuestionKind = {
  ...common,
  kind: 'count-moving',
  weight: 2.5,
  ask: (scene) => {
    if (!isCounted(scene) || !clearlyMovingOrNot(scene)) return [];
    const moving = scene.objects.filter(isMoving).length;
    return [{ problem: 'How many objects move in the video?', answer: String(moving), facts: { moving } }];
  },
};

const speed: QuestionKind = {
  skill: 'mathematics',
  problemType: 'regression',
  kind: 'speed',
  weight: 1.3,
  ask: (scene) =>
    (isClip(scene) ? subjects(scene) : []).filter(isMoving).map((object) => ({
      problem: `How fast does ${the(object)} move, in heights per second?`,
      answer: object.speed.toFixed(2),
      facts: { subject: nameOf(object), speed: object.speed },
    })),
};

const sum: QuestionKind = {
  ...common,
  kind: 'sum',
  weight: 1,
  ask: ({ figure }) => {
    if (figure.type !== 'sum') return [];
    const { left, operator, right } = figure;
    const answer = operator === '+' ? left + right : left - right;
    return [{ problem: 'What is the result?', answer: String(answer), facts: { left, operator, right } }];
  },
};

const countShapes: QuestionKind = {
  ...common,
  kind: 'count-shapes',
  weight: 1,
  ask: ({ figure, objects }) =>
    figure.type === 'shapes'
      ? [{ problem: 'How many shapes are there?', answer: String(objects.length), facts: { objects: objects.length } }]
      : [],
};

const sidesOf: Readonly<Partial<Record<Shape, number>>> = { triangle: 3, square: 4 };

const countSides: QuestionKind = {
  ...common,
  kind: 'sides',
  weight: 3,
  ask: ({ figure, objects }) => {
    const sides = objects.map(({ shape }) => sidesOf[shape]);
    if (figure.type !== 'shapes' || objects.length > 2 || sides.includes(undefined)) return [];
    const answer = sides.reduce<number>((total, count) => total + (count ?? 0), 0);
    return [
      {
        problem: 'How many sides do the shapes have together?',
        answer: String(answer),
        facts: { objects: objects.length },
      },
    ];
  },
};

export const mathematicsKinds: readonly QuestionKind[] = [
  countObjects,
  countMoving,
  speed,
  sum,
  countShapes,
  countSides,
];
