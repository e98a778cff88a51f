// Exercises that teach how options work: read a statement, find the option that says the same, answer with its letter. Text alone;
// without them a small model sees what happens and still guesses letters.
import type { Rng } from '../../base/rng.ts';
import { promptText } from '../../prompt/train.ts';
import { colours, directions, shapes, sides } from '../../world/vocab.ts';
import type { Turn } from './conversation.ts';

const objects = colours.flatMap((colour) => shapes.map((shape) => `${colour} ${shape}`));
const predicates = [
  ...directions.flatMap((d) => [`moves ${d}`, `moves ${d} and stops`]),
  ...sides.flatMap((s) => [`enters from the ${s}`, `leaves on the ${s}`]),
  'stays still',
  'grows',
  'shrinks',
];
const places = ['on the left', 'on the right', 'above', 'below'];

interface Exercise {
  /** What the statement says of the right option. */
  readonly problem: (answer: string, object: string) => string;
  readonly pool: readonly string[];
}

const the = objects.map((o) => `the ${o}`);
const exercises: readonly Exercise[] = [
  { pool: directions, problem: (a, o) => `The ${o} moves ${a}. Which way does the ${o} move?` },
  { pool: predicates, problem: (a, o) => `The ${o} ${a}. What happens to the ${o}?` },
  { pool: colours, problem: (a, o) => `A ${a} ${o.split(' ')[1]} stays still. What colour is the ${o.split(' ')[1]}?` },
  {
    pool: shapes,
    problem: (a, o) => `A ${o.split(' ')[0]} ${a} moves up. What shape is the ${o.split(' ')[0]} object?`,
  },
  { pool: the, problem: (a, o) => `T${a.slice(1)} hits the ${o}. Which object hits the ${o}?` },
  { pool: the, problem: (a, o) => `The ${o} hits ${a}. Which object does the ${o} hit?` },
  { pool: the, problem: (a) => `T${a.slice(1)} appears first. Which object appears first?` },
  { pool: the, problem: (a) => `T${a.slice(1)} moves faster. Which object moves faster?` },
  { pool: sides, problem: (a, o) => `The ${o} enters from the ${a}. From which side does the ${o} enter?` },
  { pool: places, problem: (a, o) => `The ${o} is ${a}. Where is the ${o} at the end?` },
  { pool: colours, problem: (a) => `The ${a} bar is the tallest. Which bar is the tallest?` },
];

/** One exercise with 3 or 4 options. */
export function choiceTurn(rng: Rng): Turn {
  const { pool, problem } = rng.pick(exercises);
  const options = rng.shuffle(pool).slice(0, rng.next() < 0.8 ? 4 : 3);
  const right = rng.int(options.length);
  const listed = options.map((text, i) => `${'ABCD'[i]}. ${text}`);
  const question = {
    problem: problem(options[right], rng.pick(objects)),
    options: listed,
    problem_type: 'multiple choice' as const,
  };
  return {
    user: promptText(question, { mode: 'direct', profile: 'micro' }),
    assistant: `<answer>${'ABCD'[right]}</answer>`,
  };
}
