// General questions: colours, shapes, what happens to something, who does something, what happens altogether.
import { type Facts, nameOf, type Thing } from '../../facts.ts';
import { predicateOf, sentencesOfFacts } from '../../language/sentences.ts';
import { findThing, type Kind, the } from './kind.ts';

/** "moves left", "hits the blue square": what a thing does, its target included. */
export function doing(thing: Thing): string {
  const { kind, target } = thing.motion;
  if (kind === 'hits') return `hits the ${target}`;
  if (kind === 'hides') return `hides behind the ${target}`;
  return predicateOf(thing.motion);
}

const colour: Kind = {
  name: 'colour',
  pattern: /^What colour is the (\w+)\?$/,
  restate: ([, shape]) => `The question asks what colour the ${shape} is.`,
  solve: ({ things }, [, shape]) => {
    const thing = things.find((it) => it.shape === shape) ?? things[0];
    return thing && { answer: thing.colour, because: [], conclude: (answer) => `So the ${shape} is ${answer}.` };
  },
};

const shape: Kind = {
  name: 'shape',
  pattern: /^What shape is the (\w+) object\?$/,
  restate: ([, word]) => `The question asks what shape the ${word} object is.`,
  solve: ({ things }, [, word]) => {
    const thing = things.find((it) => it.colour === word) ?? things[0];
    return thing && { answer: thing.shape, because: [], conclude: (answer) => `So the ${word} object is a ${answer}.` };
  },
};

const event: Kind = {
  name: 'event',
  pattern: /^What happens to the (\w+ \w+)\?$/,
  restate: ([, name]) => `The question asks what happens to the ${name}.`,
  solve: (facts, [, name]) => {
    const thing = findThing(facts, name);
    return thing && { answer: doing(thing), because: [], conclude: (answer) => `So the ${name} ${answer}.` };
  },
};

/** Who does it: exactly that, else someone who also travels that way, else the first. */
function doer({ things }: Facts, predicate: string): Thing | undefined {
  const way = /^moves (\w+)/.exec(predicate)?.[1];
  return (
    things.find((thing) => doing(thing) === predicate) ??
    things.find((thing) => way !== undefined && thing.motion.direction === way) ??
    things[0]
  );
}

const which: Kind = {
  name: 'which',
  pattern:
    /^Which object ((?:moves (?:left|right|up|down)(?: and stops)?|stays still|grows|shrinks|enters from the \w+|leaves on the \w+|hits the \w+ \w+|hides behind the \w+ \w+))\?$/,
  restate: ([, predicate]) => `The question asks which object ${predicate}.`,
  solve: (facts, [, predicate]) => {
    const thing = doer(facts, predicate);
    return thing && { answer: the(thing), because: [], conclude: (answer) => `So ${answer} ${predicate}.` };
  },
};

const describe: Kind = {
  name: 'describe',
  pattern: /^What happens in the video\?$/,
  restate: () => 'The question asks what happens in the video.',
  solve: (facts) => ({
    answer: sentencesOfFacts(facts).join(' '),
    because: [],
    conclude: () =>
      facts.things.length > 0
        ? `So the video shows what happens to the ${facts.things.map(nameOf).join(' and the ')}.`
        : 'So nothing moves in the video.',
  }),
};

export const generalKinds: readonly Kind[] = [colour, shape, event, which, describe];
