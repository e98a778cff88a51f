// Draws one token from a row of log-probabilities. Pure. The log-probabilities are of the full softmax; top-p, top-k and forbidden
// tokens only restrict which token is drawn (METHOD.md section 3).
import type { Rng } from '../base/rng.ts';

/** 1 where a token is forbidden, [V]. */
export type Forbidden = Uint8Array;

/** Made once: a set would be asked for every token of every row, most of a draw's work. */
export function forbiddenMask(tokens: Iterable<number>, vocabSize: number): Forbidden {
  const mask = new Uint8Array(vocabSize);
  for (const token of tokens) mask[token] = 1;
  return mask;
}

export interface DrawOptions {
  readonly greedy: boolean;
  readonly topP: number;
  readonly topK: number;
  readonly forbidden: Forbidden;
}

interface Candidate {
  readonly token: number;
  readonly p: number;
}

function argmax(row: Float32Array, forbidden: Forbidden): number {
  let best = -1;
  for (let i = 0; i < row.length; i++) if ((best < 0 || row[i] > row[best]) && forbidden[i] === 0) best = i;
  return best;
}

/** Log-probability of the likeliest allowed token, and the sum of all allowed probabilities as multiples of its own. */
interface Allowed {
  readonly top: number;
  readonly mass: number;
}

/** Relative to the likeliest allowed token, so that a forbidden one with all but 1e-40 of the probability leaves an exact rest. */
function allowed(row: Float32Array, forbidden: Forbidden): Allowed {
  const top = row[argmax(row, forbidden)];
  let mass = 0;
  for (let i = 0; i < row.length; i++) if (forbidden[i] === 0) mass += Math.exp(row[i] - top);
  return { top, mass };
}

/** Draws from the whole row by one pass over the cumulative distribution. */
function drawFull(row: Float32Array, forbidden: Forbidden, rng: Rng): number {
  const { top, mass } = allowed(row, forbidden);
  let left = rng.next() * mass;
  for (let i = 0; i < row.length; i++) {
    if (forbidden[i] === 1) continue;
    left -= Math.exp(row[i] - top);
    if (left < 0) return i;
  }
  return argmax(row, forbidden); // a rest of rounding is no reason to draw the last, unlikely token
}

/**
 * The tokens among which top-p chooses. Those less likely than (1 − topP) · mass / V sum to less than (1 − topP) · mass, so none of
 * them is in the nucleus and they need no sorting.
 */
function candidates(row: Float32Array, { topP, topK, forbidden }: DrawOptions, { top, mass }: Allowed): Candidate[] {
  const floor = topK > 0 ? Number.NEGATIVE_INFINITY : top + Math.log(((1 - topP) * mass) / row.length) - 1;
  const out: Candidate[] = [];
  for (let token = 0; token < row.length; token++) {
    if (row[token] >= floor && forbidden[token] === 0) out.push({ token, p: Math.exp(row[token] - top) });
  }
  return out.sort((a, b) => b.p - a.p || a.token - b.token);
}

/**
 * One token id. `row`: log-probabilities over the vocabulary. Top-p keeps the fewest most likely tokens that hold `topP` of the mass
 * of all allowed tokens, top-k at most `topK` of them.
 */
export function drawToken(row: Float32Array, options: DrawOptions, rng: Rng): number {
  const { forbidden } = options;
  if (options.greedy) return argmax(row, forbidden);
  if (options.topP >= 1 && options.topK <= 0) return drawFull(row, forbidden, rng);
  const among = allowed(row, forbidden);
  const kept: Candidate[] = [];
  let mass = 0;
  for (const c of candidates(row, options, among)) {
    kept.push(c);
    mass += c.p;
    if (mass >= options.topP * among.mass || (options.topK > 0 && kept.length >= options.topK)) break;
  }
  let left = rng.next() * mass;
  for (const c of kept) {
    left -= c.p;
    if (left < 0) return c.token;
  }
  return kept[0].token;
}
