// Sentences → facts: what a sentence of the micro-world's language claims. Understands the shapes of sentences.ts, with "A" or "The".
import type { Motion, MotionKind } from '../facts.ts';
import { type Colour, colourNames, type Direction, oppositeOf, type Shape, shapeNames } from '../palette.ts';

export type Claim =
  | { readonly type: 'thing'; readonly colour: Colour; readonly shape: Shape; readonly motion: Motion }
  | {
      readonly type: 'relation';
      readonly colour: Colour;
      readonly shape: Shape;
      readonly kind: 'hits' | 'hides';
      readonly target: string;
    }
  | { readonly type: 'there'; readonly colour: Colour; readonly shape: Shape }
  | { readonly type: 'bars'; readonly colours: readonly Colour[] }
  | { readonly type: 'tallest'; readonly colour: Colour }
  | { readonly type: 'glass'; readonly colour: Colour; readonly level: number }
  | { readonly type: 'balance'; readonly lower: 'left' | 'right' | 'neither' }
  | { readonly type: 'sign'; readonly text: string };

const colourPattern = colourNames.join('|');
const shapePattern = shapeNames.join('|');
/** "red circle", two groups. */
export const thingPattern = `(${colourPattern}) (${shapePattern})`;

const thingSentence = new RegExp(`^(?:an?|the) ${thingPattern} (.+?)\\.?$`, 'i');
const directionOfSide: Readonly<Record<string, Direction>> = {
  left: 'left',
  right: 'right',
  top: 'up',
  bottom: 'down',
};

/** Splits a text into sentences at full stops that end a word ("1.5 seconds" stays whole). */
export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.?!])\s+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** "moves left", "enters from the top": the motion of a predicate without a target. */
export function motionIn(predicate: string): Motion | undefined {
  const moves = /^moves (left|right|up|down)( and stops)?$/.exec(predicate);
  if (moves) return { kind: moves[2] ? 'stops' : 'moves', direction: moves[1] as Direction };
  const enters = /^enters from the (left|right|top|bottom)$/.exec(predicate);
  if (enters) return { kind: 'enters', direction: oppositeOf[directionOfSide[enters[1]]] };
  const leaves = /^leaves on the (left|right|top|bottom)$/.exec(predicate);
  if (leaves) return { kind: 'leaves', direction: directionOfSide[leaves[1]] };
  if (predicate === 'stays still') return { kind: 'still' };
  return /^(grows|shrinks)$/.test(predicate) ? { kind: predicate as MotionKind } : undefined;
}

/** Claims about still images: what is there, and drawings. */
function imageClaim(sentence: string): Claim | undefined {
  const there = new RegExp(`^There is a ${thingPattern}\\.?$`).exec(sentence);
  if (there) return { type: 'there', colour: there[1] as Colour, shape: there[2] as Shape };
  if (/^There is .* bar\.?$/.test(sentence)) {
    const colours = [...sentence.matchAll(new RegExp(`a (${colourPattern}) bar`, 'g'))].map(
      (match) => match[1] as Colour,
    );
    return { type: 'bars', colours };
  }
  const tallest = new RegExp(`^The (${colourPattern}) bar is the tallest\\.?$`).exec(sentence);
  if (tallest) return { type: 'tallest', colour: tallest[1] as Colour };
  const glass = new RegExp(`^A glass is filled with (${colourPattern}) to ([\\d.]*\\d)\\.?$`).exec(sentence);
  if (glass) return { type: 'glass', colour: glass[1] as Colour, level: Number(glass[2]) };
  const balance = /^The balance is (?:(level)|lower on the (left|right))\.?$/.exec(sentence);
  return balance ? { type: 'balance', lower: (balance[2] as 'left' | 'right') ?? 'neither' } : undefined;
}

/** The claim of one sentence about what is visible, or undefined where it makes none that we understand. */
export function claimOf(sentence: string): Claim | undefined {
  const sign = /^(?:a|the) sign says (.+?)\.?$/i.exec(sentence);
  if (sign) return { type: 'sign', text: sign[1] };
  const match = thingSentence.exec(sentence);
  if (!match) return imageClaim(sentence);
  const colour = match[1].toLowerCase() as Colour;
  const shape = match[2].toLowerCase() as Shape;
  const relation = new RegExp(`^(hits|hides behind) the ${thingPattern}$`).exec(match[3]);
  if (relation) {
    const kind = relation[1] === 'hits' ? 'hits' : 'hides';
    return { type: 'relation', colour, shape, kind, target: `${relation[2]} ${relation[3]}` };
  }
  const motion = motionIn(match[3]);
  return motion && { type: 'thing', colour, shape, motion };
}
