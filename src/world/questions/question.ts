// What a question is, and the helpers every kind uses: lettered options in random order, subjects that belong to the split.
import type { Rng } from '../../base/rng.ts';
import type { ProblemType, Skill } from '../../data/sample.ts';
import { nameOf, type Scene, type WorldObject } from '../scene.ts';
import { isHeldOut, pictureKey, tripleKey } from '../splits.ts';
import { colours, shapes } from '../vocab.ts';

export interface Question {
  /** Stable name of the template: 'direction', 'count-objects'. */
  readonly kind: string;
  readonly skill: Skill;
  readonly problemType: ProblemType;
  /** Without the options. */
  readonly problem: string;
  /** "A. left", in order; absent where the answer is not one of several. */
  readonly options?: readonly string[];
  /** What stands between <answer> tags: the letter for multiple choice. */
  readonly answer: string;
  /** The answer in words: the option without its letter. */
  readonly answerText: string;
  /** What the answer rests on, for tests and reports. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** One template. `ask` returns every question of this kind that has a unique, unambiguous answer in the scene. */
export interface QuestionKind {
  readonly kind: string;
  readonly skill: Skill;
  readonly problemType: ProblemType;
  /** How eagerly it is drawn where it applies, so that rare kinds get their share. */
  readonly weight: number;
  readonly ask: (scene: Scene, rng: Rng) => readonly Asked[];
}

/** What `ask` returns: for multiple choice the truth and its distractors, else the answer alone. */
export interface Asked {
  readonly problem: string;
  readonly answer: string;
  /** Wrong options; shuffled together with the answer. */
  readonly distractors?: readonly string[];
  readonly facts: Question['facts'];
}

export const the = (object: Pick<WorldObject, 'colour' | 'shape'>): string => `the ${nameOf(object)}`;

/** "A. left", "B. right" in random order, and the letter of the answer. */
export function toQuestion(kind: QuestionKind, asked: Asked, rng: Rng): Question {
  const { problem, answer, distractors, facts } = asked;
  const base = {
    kind: kind.kind,
    skill: kind.skill,
    problemType: kind.problemType,
    problem,
    facts,
    answerText: answer,
  };
  if (!distractors) return { ...base, answer };
  const texts = rng.shuffle([answer, ...distractors]);
  const letter = (i: number) => 'ABCD'[i];
  return { ...base, options: texts.map((text, i) => `${letter(i)}. ${text}`), answer: letter(texts.indexOf(answer)) };
}

/** Up to `count` different texts of the pool, without those excluded. */
export function drawDistractors(rng: Rng, pool: readonly string[], exclude: readonly string[], count = 3): string[] {
  return rng.shuffle([...new Set(pool)].filter((text) => !exclude.includes(text))).slice(0, count);
}

/** All objects that could exist, "the red circle", for options that name something that is not there. */
export const allObjects: readonly string[] = colours.flatMap((colour) => shapes.map((shape) => the({ colour, shape })));

/**
 * Options that name objects: one that is in the picture where there is another one, the rest absent, three in all.
 * So the answer is neither the only one present nor given away by the number of options.
 */
export function objectDistractors(
  rng: Rng,
  scene: Scene,
  answer: WorldObject,
  exclude: readonly WorldObject[] = [],
): string[] {
  const others = scene.objects.filter((object) => object !== answer && !exclude.includes(object)).map(the);
  const present = rng.shuffle(others).slice(0, 3);
  const names = scene.objects.map(the);
  return [...present, ...drawDistractors(rng, allObjects, names, 3 - present.length)];
}

/** Objects that questions may be about: in held-out scenes only those whose composition is held out. */
export function subjects(scene: Scene): WorldObject[] {
  if (scene.split === 'train') return [...scene.objects];
  const key = ({ colour, shape, motion }: WorldObject) =>
    scene.data_type === 'image' ? pictureKey(colour, shape) : tripleKey(colour, shape, motion);
  return scene.objects.filter((object) => isHeldOut(key(object)));
}

export const isClip = (scene: Scene): boolean => scene.figure.type === 'clip';
