// Questions with numbers (counting, speed, sums, sides) and about writing.
import { type Facts, nameOf } from '../../facts.ts';
import { listed, writtenText } from '../../language/sentences.ts';
import type { Shape } from '../../palette.ts';
import { capital, findThing, isMoving, type Kind, speedOf } from './kind.ts';

const count = (number: string, noun: string) => `${number} ${number === '1' ? noun : `${noun}s`}`;
const thereAre = (number: string, noun: string) => `So there ${number === '1' ? 'is' : 'are'} ${count(number, noun)}.`;
const theThings = (things: Facts['things']) => listed(things.map((thing) => `the ${nameOf(thing)}`));

const countObjects: Kind = {
  name: 'count-objects',
  pattern: /^How many objects appear in the video\?$/,
  restate: () => 'The question asks how many objects appear in the video.',
  solve: ({ things }) => ({
    answer: String(things.length),
    because: things.length > 0 ? [`I count ${theThings(things)}.`] : [],
    conclude: (answer) => thereAre(answer, 'object'),
  }),
};

const countMoving: Kind = {
  name: 'count-moving',
  pattern: /^How many objects move in the video\?$/,
  restate: () => 'The question asks how many objects move in the video.',
  solve: ({ things }) => {
    const moving = things.filter(isMoving);
    return {
      answer: String(moving.length),
      because: [
        moving.length > 0 ? `${capital(theThings(moving))} ${moving.length > 1 ? 'move' : 'moves'}.` : 'Nothing moves.',
      ],
      conclude: (answer) => `So ${count(answer, 'object')} ${answer === '1' ? 'moves' : 'move'}.`,
    };
  },
};

const speed: Kind = {
  name: 'speed',
  pattern: /^How fast does the (\w+ \w+) move, in heights per second\?$/,
  hard: true,
  restate: ([, name]) => `The question asks how fast the ${name} moves.`,
  solve: (facts, [, name]) => {
    const thing = findThing(facts, name);
    return (
      thing && {
        answer: speedOf(thing, facts.height).toFixed(2),
        because: [],
        conclude: (answer) => `So the ${name} moves at ${answer} heights per second.`,
      }
    );
  },
};

const sum: Kind = {
  name: 'sum',
  pattern: /^What is the result\?$/,
  restate: () => 'The question asks what the result is.',
  solve: (facts) => {
    const match = /^(\d+)([+-])(\d+)=\?$/.exec(writtenText(facts));
    if (!match) return undefined;
    const [, a, operator, b] = match;
    const result = operator === '+' ? Number(a) + Number(b) : Number(a) - Number(b);
    return { answer: String(result), because: [], conclude: (answer) => `So ${a}${operator}${b}=${answer}.` };
  },
};

const countShapes: Kind = {
  name: 'count-shapes',
  pattern: /^How many shapes are there\?$/,
  restate: () => 'The question asks how many shapes there are.',
  solve: ({ things }) => ({
    answer: String(things.length),
    because: [],
    conclude: (answer) => thereAre(answer, 'shape'),
  }),
};

const sidesOf: Readonly<Record<Shape, number>> = { circle: 0, square: 4, triangle: 3, cross: 12 };

const sides: Kind = {
  name: 'sides',
  pattern: /^How many sides do the shapes have together\?$/,
  restate: () => 'The question asks how many sides the shapes have together.',
  solve: ({ things }) => ({
    answer: String(things.reduce((total, { shape }) => total + sidesOf[shape], 0)),
    because: things.map(({ shape }) => `A ${shape} has ${sidesOf[shape]} sides.`),
    conclude: (answer) => `So they have ${answer} sides together.`,
  }),
};

function writingKind(name: string, pattern: RegExp, restated: string, conclude: (answer: string) => string): Kind {
  return {
    name,
    pattern,
    restate: () => restated,
    solve: (facts) => {
      const text = writtenText(facts);
      return text ? { answer: text, because: [], conclude } : undefined;
    },
  };
}

const sign = writingKind(
  'sign',
  /^What does the sign say\?$/,
  'The question asks what the sign says.',
  (text) => `So the sign says ${text}.`,
);
const number = writingKind(
  'number',
  /^What number is shown\?$/,
  'The question asks what number is shown.',
  (text) => `So the number is ${text}.`,
);
const text = writingKind(
  'text',
  /^What does the text say\?$/,
  'The question asks what the text says.',
  (words) => `So the text says ${words}.`,
);

export const numberKinds: readonly Kind[] = [
  countObjects,
  countMoving,
  speed,
  sum,
  countShapes,
  sides,
  sign,
  number,
  text,
];
