// A difference in words: what the draft says, what is seen instead and when, and the correction.
import type { Refinement } from '../../../prompt/refine.ts';
import { type Facts, nameOf, type Thing } from '../facts.ts';
import { signSentence } from '../language/sentences.ts';
import { type Difference, told } from './compare.ts';

export type Inconsistency = Refinement['inconsistencies'][number];

function sighting(thing: Thing, { medium }: Facts): string {
  const [first] = thing.places;
  const where = first ? ` at x ${first.x.toFixed(0)}, y ${first.y.toFixed(0)}` : '';
  const when = medium === 'video' && first ? `At ${first.time.toFixed(1)} seconds` : 'In the picture';
  return `${when} a ${nameOf(thing)} is seen${where}. ${told(thing, medium)}`;
}

const textClaim = (text: string) => (text ? signSentence(text) : 'Nothing is said about writing.');
const textSeen = (text: string) => (text ? `The letters read ${text}.` : 'There is no writing.');

/** The entry of the refiner's list for one difference. */
export function explain(difference: Difference, seen: Facts): Inconsistency {
  switch (difference.type) {
    case 'thing':
      return {
        claim: told(difference.said, seen.medium),
        evidence: sighting(difference.seen, seen),
        correction: told(difference.seen, seen.medium),
      };
    case 'ghost':
      return {
        claim: told(difference.said, seen.medium),
        evidence: `No ${nameOf(difference.said)} is seen at any time.`,
        correction: `There is no ${nameOf(difference.said)}.`,
      };
    case 'missing':
      return {
        claim: `Nothing is said about a ${nameOf(difference.seen)}.`,
        evidence: sighting(difference.seen, seen),
        correction: told(difference.seen, seen.medium),
      };
    case 'text':
      return {
        claim: textClaim(difference.said),
        evidence: textSeen(difference.seen),
        correction: difference.seen ? signSentence(difference.seen) : 'There is no sign.',
      };
    case 'figure':
      return {
        claim: difference.said || 'Nothing is said about a drawing.',
        evidence: difference.seen || 'There is no drawing.',
        correction: difference.seen || 'There is no drawing.',
      };
  }
}
