// Facts → sentences, in the few shapes that the micro-world's language has: "A red circle moves left." and so on.
// Leaves out: sentences → facts (parse.ts); the two are inverse to each other, and a test says so.
import { type Bar, type Facts, type Figure, type Motion, nameOf, type Thing } from '../facts.ts';
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

/** Everything that is written, from top to bottom, as one text. */
export function writtenText({ writings }: Pick<Facts, 'writings'>): string {
  return [...writings]
    .sort((a, b) => a.y - b.y)
    .map(({ text }) => text)
    .join(' ');
}

/** "a red bar, a blue bar and a green bar". */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

export const tallestBar = (bars: readonly Bar[]): Bar => bars.reduce((a, b) => (b.height > a.height ? b : a));

/** The drawing of a still image in sentences. */
export function figureSentences(figure: Figure | undefined): string[] {
  if (figure?.type === 'glass') return [`A glass is filled with ${figure.colour} to ${figure.level}.`];
  if (figure?.type === 'balance') {
    return [figure.lower === 'neither' ? 'The balance is level.' : `The balance is lower on the ${figure.lower}.`];
  }
  if (figure?.type !== 'bars') return [];
  const names = figure.bars.map(({ colour }) => `a ${colour} bar`);
  return [`There is ${listed(names)}.`, `The ${tallestBar(figure.bars).colour} bar is the tallest.`];
}

/** Everything seen, in sentences: every thing, what they do to each other, the drawing, the writing. */
export function sentencesOfFacts(facts: Facts): string[] {
  const { things, medium } = facts;
  const relations = things.map(relationSentence).filter((sentence) => sentence !== undefined);
  const text = writtenText(facts);
  return [
    ...things.map((thing) => (medium === 'image' ? `There is a ${nameOf(thing)}.` : thingSentence(thing))),
    ...relations,
    ...figureSentences(facts.figure),
    ...(text ? [signSentence(text)] : []),
  ];
}
