// Mistakes of the blind reasoner, on purpose and seeded: a wrong colour, a wrong motion, a thing too few or too many, a misread text.
// A mistake changes what it believes, so whatever follows from it goes wrong with it. Leaves out: slips of reasoning (reason.ts).
import type { Rng } from '../../../base/rng.ts';
import { type Facts, type Figure, type Motion, nameOf, type Thing } from '../facts.ts';
import { colourNames, type Direction, directionNames, shapeNames } from '../palette.ts';

export type MistakeKind = 'colour' | 'motion' | 'missing' | 'ghost' | 'figure' | 'text';

export interface Mistake {
  readonly kind: MistakeKind;
  readonly facts: Facts;
}

const another = <T>(rng: Rng, all: readonly T[], but: T): T => rng.pick(all.filter((item) => item !== but));

/** The thing that a mistake is about: one that the question names, more often than not. */
function victim(rng: Rng, { things }: Facts, problem: string): number {
  const exact = things.findIndex((thing) => problem.includes(nameOf(thing)));
  const named =
    exact >= 0 ? exact : things.findIndex(({ shape, colour }) => problem.includes(shape) || problem.includes(colour));
  return named >= 0 && rng.next() < 0.7 ? named : rng.int(things.length);
}

function replaced(facts: Facts, at: number, thing: Thing): Facts {
  const before = nameOf(facts.things[at]);
  const things = facts.things.map((it, i) => {
    if (i === at) return thing;
    return it.motion.target === before ? { ...it, motion: { ...it.motion, target: nameOf(thing) } } : it;
  });
  return { ...facts, things };
}

function wrongColour(rng: Rng, facts: Facts, at: number): Facts {
  const thing = facts.things[at];
  const taken = facts.things.filter((it) => it.shape === thing.shape).map((it) => it.colour);
  const colour = rng.pick(colourNames.filter((name) => !taken.includes(name)));
  return replaced(facts, at, { ...thing, colour });
}

const wrongDirection = (rng: Rng, direction: Direction): Direction => another(rng, directionNames, direction);

function wrongMotion(rng: Rng, motion: Motion): Motion {
  const { kind, direction } = motion;
  if (kind === 'grows') return { kind: 'shrinks' };
  if (kind === 'shrinks') return { kind: 'grows' };
  if (kind === 'still' || direction === undefined) return { kind: 'moves', direction: rng.pick(directionNames) };
  if ((kind === 'hits' || kind === 'hides') && rng.next() < 0.5) return { kind: 'stops', direction };
  return { ...motion, direction: wrongDirection(rng, direction) };
}

function withMotion(rng: Rng, facts: Facts, at: number): Facts {
  const thing = facts.things[at];
  return replaced(facts, at, { ...thing, motion: wrongMotion(rng, thing.motion) });
}

function without(facts: Facts, at: number): Facts {
  return { ...facts, things: facts.things.filter((_, i) => i !== at) };
}

function withGhost(rng: Rng, facts: Facts): Facts {
  const all = colourNames.flatMap((colour) => shapeNames.map((shape) => ({ colour, shape })));
  const free = all.filter((pair) => !facts.things.some((thing) => nameOf(thing) === nameOf(pair)));
  const motion: Motion =
    facts.medium === 'image' || rng.next() < 0.5
      ? { kind: 'still' }
      : { kind: 'moves', direction: rng.pick(directionNames) };
  return { ...facts, things: [...facts.things, { ...rng.pick(free), motion, places: [] }] };
}

function wrongFigure(rng: Rng, figure: Figure): Figure {
  if (figure.type === 'balance')
    return { ...figure, lower: another(rng, ['left', 'right', 'neither'] as const, figure.lower) };
  if (figure.type === 'glass') {
    const tenths = Math.round(figure.level * 10);
    return {
      ...figure,
      level:
        another(
          rng,
          [tenths - 2, tenths - 1, tenths + 1, tenths + 2].filter((t) => t > 0 && t < 10),
          tenths,
        ) / 10,
    };
  }
  const tallest = figure.bars.reduce((best, bar, i) => (bar.height > figure.bars[best].height ? i : best), 0);
  const other = another(
    rng,
    figure.bars.map((_, i) => i),
    tallest,
  );
  const bars = figure.bars.map((bar, i) => (i === other ? { ...bar, height: figure.bars[tallest].height + 1 } : bar));
  return { ...figure, bars };
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';

/** One letter or digit of the first text replaced by another. */
function misread(rng: Rng, facts: Facts): Facts {
  const [first, ...rest] = facts.writings;
  const places = [...first.text].flatMap((character, i) => (/[A-Z0-9]/.test(character) ? [i] : []));
  const at = rng.pick(places);
  const pool = digits.includes(first.text[at]) ? digits : letters;
  const text = first.text.slice(0, at) + another(rng, [...pool], first.text[at]) + first.text.slice(at + 1);
  return { ...facts, writings: [{ ...first, text }, ...rest] };
}

function possible(facts: Facts): MistakeKind[] {
  const { things, figure, writings, medium } = facts;
  const text: MistakeKind[] = writings.some((w) => /[A-Z0-9]/.test(w.text)) ? ['text'] : [];
  if (figure) return figure.type === 'bars' && figure.bars.length < 2 ? text : ['figure', ...text];
  if (things.length === 0) return text;
  const motion: MistakeKind[] = medium === 'video' ? ['motion', 'motion'] : [];
  const fewer: MistakeKind[] = things.length > 1 ? ['missing'] : [];
  const more: MistakeKind[] = things.length < 3 || medium === 'image' ? ['ghost'] : [];
  return ['colour', ...motion, ...fewer, ...more, ...text];
}

/** What a question is about is what one gets wrong in it, every second time. */
const tempting: readonly (readonly [RegExp, MistakeKind])[] = [
  [/colour/, 'colour'],
  [/how many/i, 'missing'],
  [/how many/i, 'ghost'],
  [/which way|which side|happens to|happens if/i, 'motion'],
];

function drawKind(rng: Rng, kinds: readonly MistakeKind[], problem: string): MistakeKind {
  const near = tempting
    .filter(([pattern, kind]) => pattern.test(problem) && kinds.includes(kind))
    .map(([, kind]) => kind);
  return near.length > 0 && rng.next() < 0.5 ? rng.pick(near) : rng.pick(kinds);
}

/** Facts with one mistake in them, or undefined where there is nothing to be wrong about. */
export function mistaken(rng: Rng, facts: Facts, problem: string): Mistake | undefined {
  const kinds = possible(facts);
  if (kinds.length === 0) return undefined;
  const kind = drawKind(rng, kinds, problem);
  if (kind === 'ghost') return { kind, facts: withGhost(rng, facts) };
  if (kind === 'text') return { kind, facts: misread(rng, facts) };
  if (kind === 'figure') return { kind, facts: { ...facts, figure: facts.figure && wrongFigure(rng, facts.figure) } };
  const at = victim(rng, facts, problem);
  if (kind === 'colour') return { kind, facts: wrongColour(rng, facts, at) };
  return { kind, facts: kind === 'motion' ? withMotion(rng, facts, at) : without(facts, at) };
}
