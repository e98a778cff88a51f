// Turns that teach how options work: find the one that says something, answer with its letter. Text alone; without them a small model
// sees what happens and still guesses letters.
import type { Rng } from '../../base/rng.ts';
import { promptText } from '../../prompt/train.ts';
import { colours, directions, shapes, sides } from '../../world/vocab.ts';
import type { Turn } from './conversation.ts';

const objects = colours.flatMap((colour) => shapes.map((shape) => `the ${colour} ${shape}`));
const predicates = [
  ...directions.flatMap((d) => [`moves ${d}`, `moves ${d} and stops`]),
  ...sides.flatMap((s) => [`enters from the ${s}`, `leaves on the ${s}`]),
  'stays still',
  'grows',
  'shrinks',
];
const outcomes = [...sides.map((s) => `it leaves on the ${s}`), ...objects.map((o) => `it hits ${o}`)];
const places = ['on the left', 'on the right', 'above', 'below'];
const pools: readonly (readonly string[])[] = [
  colours,
  shapes,
  directions,
  sides,
  objects,
  predicates,
  outcomes,
  places,
];

/** "Which option says …?", or a statement to be matched; 3 or 4 options. */
export function choiceTurn(rng: Rng): Turn {
  const options = rng.shuffle(rng.pick(pools)).slice(0, rng.next() < 0.8 ? 4 : 3);
  const right = rng.int(options.length);
  const problem = rng.next() < 0.5 ? `Which option says ${options[right]}?` : `The answer is ${options[right]}.`;
  const listed = options.map((text, i) => `${'ABCD'[i]}. ${text}`);
  return {
    user: promptText(
      { problem, options: listed, problem_type: 'multiple choice' },
      { mode: 'direct', profile: 'micro' },
    ),
    assistant: `<answer>${'ABCD'[right]}</answer>`,
  };
}
