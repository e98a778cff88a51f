// What a draft says against what is seen: pairs the draft's things with the real ones and names every difference.
// Leaves out: what is done about it (refine.ts).
import { type Facts, type Figure, nameOf, type Thing } from '../facts.ts';
import { figureSentences, relationSentence, thingSentence, writtenText } from '../language/sentences.ts';

type Said = Pick<Facts, 'things' | 'writings' | 'figure'>;

export type Difference =
  | { readonly type: 'thing'; readonly said: Thing; readonly seen: Thing; readonly subtle: boolean }
  | { readonly type: 'ghost'; readonly said: Thing }
  | { readonly type: 'missing'; readonly seen: Thing }
  | { readonly type: 'text'; readonly said: string; readonly seen: string }
  | { readonly type: 'figure'; readonly said: string; readonly seen: string };

export interface Pair {
  readonly said: Thing | undefined;
  readonly seen: Thing | undefined;
}

const sameMotion = (a: Thing, b: Thing) =>
  a.motion.kind === b.motion.kind && a.motion.direction === b.motion.direction && a.motion.target === b.motion.target;

/** How likely the two are the same thing, one of them described wrongly; 0 = no reason to think so. */
function likeness(said: Thing, seen: Thing): number {
  const shape = said.shape === seen.shape ? 3 : 0;
  const colour = said.colour === seen.colour ? 2 : 0;
  const motion = sameMotion(said, seen) ? 2 : said.motion.direction === seen.motion.direction ? 1 : 0;
  return shape + colour > 0 ? shape + colour + motion : 0;
}

/** Things of the draft in their order with what they are in truth; then what the draft does not mention. */
export function pairUp(said: readonly Thing[], seen: readonly Thing[]): Pair[] {
  const candidates = said.flatMap((a) => seen.map((b) => ({ a, b, score: likeness(a, b) })));
  const partner = new Map<Thing, Thing>();
  for (const { a, b, score } of candidates.sort((x, y) => y.score - x.score)) {
    const free = !partner.has(a) && ![...partner.values()].includes(b);
    if (score > 0 && free) partner.set(a, b);
  }
  const missing = seen.filter((thing) => ![...partner.values()].includes(thing));
  return [
    ...said.map((a) => ({ said: a, seen: partner.get(a) })),
    ...missing.map((b) => ({ said: undefined, seen: b })),
  ];
}

/** Same name and direction, and only the manner differs: easily overlooked. */
const isSubtle = (said: Thing, seen: Thing) =>
  nameOf(said) === nameOf(seen) &&
  said.motion.direction !== undefined &&
  said.motion.direction === seen.motion.direction;

export function differenceOf({ said, seen }: Pair): Difference | undefined {
  if (said && !seen) return { type: 'ghost', said };
  if (!said && seen) return { type: 'missing', seen };
  if (!said || !seen || (nameOf(said) === nameOf(seen) && sameMotion(said, seen))) return undefined;
  return { type: 'thing', said, seen, subtle: isSubtle(said, seen) };
}

const figureText = (figure: Figure | undefined) => figureSentences(figure).join(' ');

/** Differences in writing and drawings. */
export function otherDifferences(said: Said, seen: Facts): Difference[] {
  const [saidText, seenText] = [writtenText(said), writtenText(seen)];
  const [saidFigure, seenFigure] = [figureText(said.figure), figureText(seen.figure)];
  return [
    ...(saidText === seenText ? [] : [{ type: 'text', said: saidText, seen: seenText } as const]),
    ...(saidFigure === seenFigure ? [] : [{ type: 'figure', said: saidFigure, seen: seenFigure } as const]),
  ];
}

/** The sentence or sentences about one thing. */
export function told(thing: Thing, medium: Facts['medium']): string {
  if (medium === 'image') return `There is a ${nameOf(thing)}.`;
  const relation = relationSentence(thing);
  return relation ? `${thingSentence(thing)} ${relation}` : thingSentence(thing);
}
