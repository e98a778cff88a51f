// Facts → sentences, in the few shapes that the micro-world's language has: "A red circle moves left." and so on.
// Leaves out: sentences → facts (parse.ts); the two are inverse to each other, and a test says so.
import { type Facts, type Motion, nameOf, type Thing } from '../facts.ts';
import { type Direction, oppositeOf } from '../palette.ts';

/** The side of the picture a direction points to. */
export const sideOf: Readonly<Record<Direction, string>> = { left: 'left', right: 'right', up: 'top', down: 'bottom' };

/** What a thing does, without its target: "moves left", "enters from the top". */
export function predicateOf({ kind, direction }: Motion): string {
  const way = direction ?? 'left';
  switch (kind) {
    case 'still':
      return 'stays still';
    case 'grows':
    case 'shrinks':
      return kind;
    case 'stops':
      return `moves ${way} and stops`;
    case 'enters':
      return `enters from the ${sideOf[oppositeOf[way]]}`;
    case 'leaves':
      return `leaves on the ${sideOf[way]}`;
    default:
      return `moves ${way}`;
  }
}

/** "A red circle moves left." */
export const thingSentence = (thing: Thing): string => `A ${nameOf(thing)} ${predicateOf(thing.motion)}.`;

/** "The red circle hits the blue square.", or undefined where nothing is hit or hidden behind. */
export function relationSentence(thing: Thing): string | undefined {
  const { kind, target } = thing.motion;
  if (kind === 'hits') return `The ${nameOf(thing)} hits the ${target}.`;
  if (kind === 'hides') return `The ${nameOf(thing)} hides behind the ${target}.`;
  return undefined;
}

export const signSentence = (text: string): string => `A sign says ${text}.`;

/** The whole clip in sentences: every object, then what they do to each other, then the signs. */
export function clipSentences({ things, writings }: Pick<Facts, 'things' | 'writings'>): string[] {
  const relations = things.map(relationSentence).filter((sentence) => sentence !== undefined);
  return [...things.map(thingSentence), ...relations, ...writings.map(({ text }) => signSentence(text))];
}
