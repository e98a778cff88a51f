// Questions about space and time: directions, sides, order of appearance, places at the end.
import type { Facts, Place, Thing } from '../../facts.ts';
import { sideOf } from '../../language/sentences.ts';
import { oppositeOf } from '../../palette.ts';
import { capital, findThing, firstSeen, type Kind, placeAtEnd, the } from './kind.ts';

const travel = (thing: Thing) => thing.motion.direction ?? 'left';

const direction: Kind = {
  name: 'direction',
  pattern: /^Which way does the (\w+ \w+) move\?$/,
  restate: ([, name]) => `The question asks which way the ${name} moves.`,
  solve: (facts, [, name]) => {
    const thing = findThing(facts, name);
    if (!thing) return undefined;
    const { kind } = thing.motion;
    const enters = `The ${name} enters from the ${sideOf[oppositeOf[travel(thing)]]}.`;
    const leaves = `The ${name} leaves on the ${sideOf[travel(thing)]}.`;
    const because = kind === 'enters' ? [enters] : kind === 'leaves' ? [leaves] : [];
    return { answer: travel(thing), because, conclude: (answer) => `So the ${name} moves ${answer}.` };
  },
};

const enterSide: Kind = {
  name: 'enter-side',
  pattern: /^From which side does the (\w+ \w+) enter\?$/,
  restate: ([, name]) => `The question asks from which side the ${name} enters.`,
  solve: (facts, [, name]) => {
    const thing = findThing(facts, name);
    const answer = thing && sideOf[oppositeOf[travel(thing)]];
    return answer ? { answer, because: [], conclude: (side) => `So the ${name} enters from the ${side}.` } : undefined;
  },
};

const leaveSide: Kind = {
  name: 'leave-side',
  pattern: /^On which side does the (\w+ \w+) leave\?$/,
  restate: ([, name]) => `The question asks on which side the ${name} leaves.`,
  solve: (facts, [, name]) => {
    const thing = findThing(facts, name);
    const answer = thing && sideOf[travel(thing)];
    return answer ? { answer, because: [], conclude: (side) => `So the ${name} leaves on the ${side}.` } : undefined;
  },
};

function appearance(thing: Thing): string {
  const time = firstSeen(thing);
  const name = capital(the(thing));
  return time < 0.1 ? `${name} is there from the start.` : `${name} appears at ${time.toFixed(1)} seconds.`;
}

const first: Kind = {
  name: 'first',
  pattern: /^Which object appears first\?$/,
  restate: () => 'The question asks which object appears first.',
  hard: true,
  solve: ({ things }) => {
    const order = [...things].sort((a, b) => firstSeen(a) - firstSeen(b));
    if (order.length === 0) return undefined;
    return {
      answer: the(order[0]),
      because: order.slice(0, 2).map(appearance),
      conclude: (answer) => `So ${answer} appears first.`,
    };
  },
};

/** Where a is, seen from b. */
function relation(a: Place, b: Place): string {
  const [dx, dy] = [a.x - b.x, a.y - b.y];
  if (Math.abs(dx) > Math.abs(dy)) return dx < 0 ? 'on the left' : 'on the right';
  return dy < 0 ? 'above' : 'below';
}

/** "above the blue square", "on the left of the blue square". */
const relativeTo = (where: string, name: string) =>
  where.startsWith('on') ? `${where} of the ${name}` : `${where} the ${name}`;

function endPlace(facts: Facts, name: string): Place | undefined {
  const thing = findThing(facts, name);
  return thing && (placeAtEnd(thing, facts) ?? thing.places.at(-1));
}

const relative: Kind = {
  name: 'relative',
  pattern: /^Where is the (\w+ \w+) relative to the (\w+ \w+) at the end\?$/,
  restate: ([, name, other]) => `The question asks where the ${name} is relative to the ${other} at the end.`,
  solve: (facts, [, name, other]) => {
    const [a, b] = [endPlace(facts, name), endPlace(facts, other)];
    if (!a || !b) return undefined;
    return {
      answer: relation(a, b),
      because: [],
      conclude: (where) => `So at the end the ${name} is ${relativeTo(where, other)}.`,
    };
  },
};

export const spaceKinds: readonly Kind[] = [direction, enterSide, leaveSide, first, relative];
