// The stand-in for a text-only reasoning model: it sees a description and a question, thinks in a fixed form, and is wrong at a set
// rate: about what is there (mistakes.ts), and about what follows (a slip), in hard kinds of questions more often.
import type { Rng } from '../../../base/rng.ts';
import type { Facts } from '../facts.ts';
import { type Completion, chainOf, textOf } from './compose.ts';
import { guess } from './guess.ts';
import { mistaken } from './mistakes.ts';
import { readDescription, saysAnything } from './read-description.ts';
import { answer, type Option, type Question, type Understood, understand } from './solve.ts';

export interface ReasonerOptions {
  /** Share of answers with a mistake about what is there, 0..1. */
  readonly mistakeRate: number;
  /** The share for hard kinds of questions (contact, order, speed, what if), slips included. */
  readonly hardMistakeRate: number;
  /** Share of slips elsewhere, 0..1: right about what is there, wrong about what follows. */
  readonly slipRate: number;
}
export const reasonerDefaults: ReasonerOptions = { mistakeRate: 0.25, hardMistakeRate: 0.7, slipRate: 0 };

/** Of the mistakes in hard kinds, the share that are slips. */
const slipShare = 0.8;

/** Another answer than the right one: another option, another number. */
function slip(rng: Rng): (words: string, options: readonly Option[]) => string {
  return (words, options) => {
    const others = options.filter((option) => option.words !== words);
    if (others.length > 0) return rng.pick(others).words;
    const value = Number(words);
    if (!Number.isFinite(value)) return words;
    if (Number.isInteger(value)) return String(value + (value === 0 || rng.next() < 0.5 ? 1 : -1));
    return Math.max(0.01, value * rng.pick([0.5, 0.7, 1.4, 2])).toFixed(2);
  };
}

function think(understood: Understood, question: Question, facts: Facts, options: ReasonerOptions, rng: Rng) {
  const { kind, match } = understood;
  const wrong = rng.next() < (kind.hard ? options.hardMistakeRate : options.mistakeRate);
  const slips = kind.hard ? wrong && rng.next() < slipShare : rng.next() < options.slipRate;
  const believed = wrong && !(kind.hard && slips) ? (mistaken(rng, facts, question.problem)?.facts ?? facts) : facts;
  const answered = answer(understood, question, believed, slips ? slip(rng) : undefined);
  if (!answered) return undefined;
  return { think: textOf(chainOf(kind.restate(match), believed, answered)), answer: answered.answer };
}

/** Thinks about a question with nothing but a description (the parsed JSON). Same `rng` state, same result. */
export function reason(description: unknown, question: Question, options: ReasonerOptions, rng: Rng): Completion {
  const facts = readDescription(description);
  const understood = understand(question);
  const thought =
    facts && understood && saysAnything(facts) ? think(understood, question, facts, options, rng) : undefined;
  return thought ?? guess(description, question);
}
