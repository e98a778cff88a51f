// What a kind of question is to the reasoner: how it is worded, how it is restated, and how it is answered from facts.
// Also what kinds share: finding the thing a question is about, speeds, first appearances, places at the end.
import { type Facts, nameOf, type Place, type Thing } from '../../facts.ts';

export interface Solution {
  /** Answer in words: an option without its letter, a number, a text. */
  readonly answer: string;
  /** Sentences that lead to it; may be empty. */
  readonly because: readonly string[];
  /** The last sentence, for whatever answer is given in the end. */
  readonly conclude: (answer: string) => string;
}

export interface Kind {
  readonly name: string;
  readonly pattern: RegExp;
  /** The first sentence of the chain. */
  readonly restate: (match: RegExpExecArray) => string;
  /** Undefined where the facts say nothing about it. */
  readonly solve: (facts: Facts, match: RegExpExecArray) => Solution | undefined;
  /** Kinds that experts get wrong more often: contact, order, speed, what would happen. */
  readonly hard?: boolean;
}

/** The thing called "red circle": exactly, else the one of its shape, else of its colour, else the first (a wrong description). */
export function findThing({ things }: Pick<Facts, 'things'>, name: string): Thing | undefined {
  const [colour, shape] = name.split(' ');
  return (
    things.find((thing) => nameOf(thing) === name) ??
    things.find((thing) => thing.shape === shape) ??
    things.find((thing) => thing.colour === colour) ??
    things[0]
  );
}

export const the = (thing: Pick<Thing, 'colour' | 'shape'>): string => `the ${nameOf(thing)}`;
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const distance = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);

/** Speed in heights per second between two places. */
const rate = (a: Place, b: Place, height: number) =>
  b.time > a.time ? distance(a, b) / (b.time - a.time) / height : 0;

/** First and last of the places between which the thing goes at its full speed. */
function fullSpeedSpan(places: readonly Place[], height: number): [Place, Place] {
  const rates = places.slice(1).map((place, i) => rate(places[i], place, height));
  const top = Math.max(...rates);
  const from = rates.findIndex((value) => value >= 0.9 * top);
  const slow = rates.findIndex((value, i) => i > from && value < 0.9 * top);
  return [places[from], places[slow < 0 ? places.length - 1 : slow]];
}

/**
 * Speed in picture heights per second while the thing moves, from its places. Places where it is cut or covered count only if there
 * are no better ones; of a thing that stops, only the part at full speed counts.
 */
export function speedOf({ places: all, motion }: Thing, height: number): number {
  const whole = all.filter((place) => !place.partly);
  const places = whole.length >= 2 ? whole : all;
  if (places.length < 2) return 0;
  const constant = motion.kind === 'moves' || motion.kind === 'enters' || motion.kind === 'leaves';
  const [from, to] = constant ? [places[0], places[places.length - 1]] : fullSpeedSpan(places, height);
  return rate(from, to, height);
}

export const firstSeen = (thing: Thing): number => thing.places[0]?.time ?? 0;

/** Where a thing is at the last of the sampled times, if it is seen then. */
export function placeAtEnd(thing: Thing, { times }: Pick<Facts, 'times'>): Place | undefined {
  const last = thing.places.at(-1);
  return last && last.time >= times[times.length - 1] - 1e-6 ? last : undefined;
}

export const isMoving = ({ motion }: Thing): boolean => motion.direction !== undefined;
