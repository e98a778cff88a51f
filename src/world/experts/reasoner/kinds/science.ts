// Questions about what bodies do: collisions, hiding, what would happen next, who is faster; charts, glasses, balances.
import { type Facts, nameOf, type Place, type Thing } from '../../facts.ts';
import { sideOf, tallestBar } from '../../language/sentences.ts';
import type { Direction } from '../../palette.ts';
import { capital, findThing, isMoving, type Kind, speedOf, the } from './kind.ts';

function targetKind(
  name: string,
  pattern: RegExp,
  verb: (target: string) => string,
  restated: (who: string) => string,
): Kind {
  return {
    name,
    pattern,
    hard: true,
    restate: ([, who]) => restated(who),
    solve: (facts, [, who]) => {
      const thing = findThing(facts, who);
      const other = facts.things.find((it) => it !== thing);
      const target = thing?.motion.target ?? (other && nameOf(other));
      if (!target) return undefined;
      return { answer: `the ${target}`, because: [], conclude: (answer) => `So the ${who} ${verb(answer)}.` };
    },
  };
}

const hitTarget = targetKind(
  'hit-target',
  /^Which object does the (\w+ \w+) hit\?$/,
  (target) => `hits ${target}`,
  (who) => `The question asks which object the ${who} hits.`,
);
const hideTarget = targetKind(
  'hide-target',
  /^Behind which object does the (\w+ \w+) hide\?$/,
  (target) => `hides behind ${target}`,
  (who) => `The question asks behind which object the ${who} hides.`,
);

const unit: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** How far ahead a place is on the way of another one, or undefined where it lies beside or behind. */
function aheadBy(from: Place, way: Direction, to: Place): number | undefined {
  const [ux, uy] = unit[way];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = dx * ux + dy * uy;
  return along > 0 && Math.abs(dx * uy - dy * ux) < (from.width + to.width) / 2 ? along : undefined;
}

/** The nearest thing on the way of a mover after its last place. */
function inTheWay({ things }: Facts, mover: Thing, way: Direction): Thing | undefined {
  const from = mover.places.at(-1);
  if (!from) return undefined;
  return things
    .flatMap((thing) => {
      const to = thing === mover ? undefined : thing.places.at(-1);
      const distance = to && aheadBy(from, way, to);
      return distance === undefined ? [] : [{ thing, distance }];
    })
    .sort((a, b) => a.distance - b.distance)[0]?.thing;
}

const whatIf: Kind = {
  name: 'what-if',
  pattern: /^What happens if the (\w+ \w+) keeps moving in the same way\?$/,
  hard: true,
  restate: ([, name]) => `The question asks what happens if the ${name} keeps moving in the same way.`,
  solve: (facts, [, name]) => {
    const mover = findThing(facts, name);
    const way = mover?.motion.direction ?? 'left';
    if (!mover) return undefined;
    const ahead = inTheWay(facts, mover, way);
    return {
      answer: ahead ? `it hits ${the(ahead)}` : `it leaves on the ${sideOf[way]}`,
      because: [`${ahead ? capital(the(ahead)) : 'Nothing'} is in its way.`],
      conclude: (answer) => `So ${answer}.`,
    };
  },
};

const faster: Kind = {
  name: 'faster',
  pattern: /^Which object moves faster\?$/,
  hard: true,
  restate: () => 'The question asks which object moves faster.',
  solve: (facts) => {
    const moving = facts.things.filter(isMoving).map((thing) => ({ thing, speed: speedOf(thing, facts.height) }));
    const order = moving.sort((a, b) => b.speed - a.speed);
    if (order.length === 0) return undefined;
    return {
      answer: the(order[0].thing),
      because: order
        .slice(0, 2)
        .map(({ thing, speed }) => `${capital(the(thing))} moves at ${speed.toFixed(2)} heights per second.`),
      conclude: (answer) => `So ${answer} moves faster.`,
    };
  },
};

const tallest: Kind = {
  name: 'tallest',
  pattern: /^Which bar is the tallest\?$/,
  restate: () => 'The question asks which bar is the tallest.',
  solve: ({ figure }) =>
    figure?.type === 'bars'
      ? {
          answer: tallestBar(figure.bars).colour,
          because: [],
          conclude: (answer) => `So the answer is the ${answer} bar.`,
        }
      : undefined,
};

const balance: Kind = {
  name: 'balance',
  pattern: /^Which side of the balance is heavier\?$/,
  restate: () => 'The question asks which side of the balance is heavier.',
  solve: ({ figure }) =>
    figure?.type === 'balance'
      ? {
          answer: figure.lower,
          because: [figure.lower === 'neither' ? 'Both sides are at the same height.' : 'The lower side is heavier.'],
          conclude: (answer) =>
            answer === 'neither' ? 'So neither side is heavier.' : `So the ${answer} side is heavier.`,
        }
      : undefined,
};

const level: Kind = {
  name: 'level',
  pattern: /^How full is the glass, from 0 to 1\?$/,
  restate: () => 'The question asks how full the glass is.',
  solve: ({ figure }) =>
    figure?.type === 'glass'
      ? { answer: String(figure.level), because: [], conclude: (answer) => `So the glass is filled to ${answer}.` }
      : undefined,
};

export const scienceKinds: readonly Kind[] = [hitTarget, hideTarget, whatIf, faster, tallest, balance, level];
