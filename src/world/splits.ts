// Which compositions belong to training and which are held out: a fixed hash, the same for every seed and every run.
// A composition is what a scene combines: (colour, shape, motion), a word, a sum, a number, a chart's colours and order.
import { hash32 } from '../base/rng.ts';
import { type Motion, motionName, type Split } from './scene.ts';
import { type Colour, type Shape, signWords } from './vocab.ts';

/** One composition in five is held out. */
const heldOutShare = 5;

/** Chosen once so that held-out words use only letters of training words (splits.test.ts recomputes it). */
const salt = 'micro-world/68';

/** "red circle moves left": the key of a moving object. */
export const tripleKey = (colour: Colour, shape: Shape, motion: Motion): string =>
  `${colour} ${shape} ${motionName(motion)}`;

export const wordKey = (word: string): string => `word ${word}`;
export const numberKey = (text: string): string => `number ${text}`;
export const sumKey = (left: number, operator: string, right: number): string => `sum ${left}${operator}${right}`;
export const pictureKey = (colour: Colour, shape: Shape): string => `picture ${colour} ${shape}`;
/** The tallest bar: its colour and its place from the left. */
export const barKey = (colour: Colour, place: number): string => `bar ${colour} ${place}`;
export const glassKey = (colour: Colour, level: number): string => `glass ${colour} ${level}`;
export const balanceKey = (left: Colour, right: Colour, heavier: string): string =>
  `balance ${left} ${right} ${heavier}`;

/** Whether a composition never occurs in training. */
export function isHeldOut(key: string): boolean {
  return hash32(`${salt}/${key}`) % heldOutShare === 0;
}

/** Whether a scene of this split may contain the composition as its questioned one. */
export const belongsTo = (key: string, split: Split): boolean => isHeldOut(key) === (split === 'held-out');

export const wordsOf = (split: Split): readonly string[] => signWords.filter((word) => belongsTo(wordKey(word), split));
