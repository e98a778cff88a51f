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
  /** Draws from the row's distribution at this temperature; default 1, for rows that are at theirs. */
  readonly temperature?: number;
}

/** Up to so many, picking the largest is faster than sorting all. */
const FEW = 512;

interface Candidate {
  readonly token: number;
  readonly p: number;
}

function argmax(row: Float32Array, forbidden: Forbidden): number {
  let best = -1;
  for (let i = 0; i < row.length; i++) if ((best < 0 || row[i] > row[best]) && forbidden[i] === 0) best = i;
  return best;
}

/** Ids of the `k` largest values, largest first, of equal ones the lowest id first. `forbidden` ones are left out. */
export function largest(row: Float32Array, k: number, forbidden?: Forbidden): number[] {
  const best: number[] = [];
  for (let i = 0; i < row.length; i++) {
    if (forbidden?.[i] === 1 || (best.length === k && !(row[i] > row[best[k - 1]]))) continue;
    let at = Math.min(best.length, k - 1);
    while (at > 0 && row[best[at - 1]] < row[i]) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Log-probability of the likeliest allowed token, and the sum of all allowed probabilities as multiples of its own. */
interface Allowed {
  readonly top: number;
  readonly mass: number;
}

/** Relative to the likeliest allowed token, so that a forbidden one with all but 1e-40 of the probability leaves an exact rest. */
function allowed(row: Float32Array, { forbidden, temperature = 1 }: DrawOptions): Allowed {
  const top = row[argmax(row, forbidden)];
  let mass = 0;
  for (let i = 0; i < row.length; i++) if (forbidden[i] === 0) mass += Math.exp((row[i] - top) / temperature);
  return { top, mass };
}

/** Draws from the whole row by one pass over the cumulative distribution. */
function drawFull(row: Float32Array, options: DrawOptions, rng: Rng): number {
  const { forbidden, temperature = 1 } = options;
  const { top, mass } = allowed(row, options);
  let left = rng.next() * mass;
  for (let i = 0; i < row.length; i++) {
    if (forbidden[i] === 1) continue;
    left -= Math.exp((row[i] - top) / temperature);
    if (left < 0) return i;
  }
  return argmax(row, forbidden); // a rest of rounding is no reason to draw the last, unlikely token
}

/**
 * The tokens among which top-p chooses. Those less likely than (1 − topP) · mass / V sum to less than (1 − topP) · mass, so none of
 * them is in the nucleus and they need no sorting.
 */
function candidates(row: Float32Array, options: DrawOptions, { top, mass }: Allowed): Candidate[] {
  const { topP, topK, forbidden, temperature = 1 } = options;
  const candidate = (token: number): Candidate => ({ token, p: Math.exp((row[token] - top) / temperature) });
  if (topK > 0 && topK <= FEW) return largest(row, topK, forbidden).map(candidate);
  const least = topK > 0 ? Number.NEGATIVE_INFINITY : Math.log(((1 - topP) * mass) / row.length) - 1;
  const floor = top + temperature * least;
  const out: Candidate[] = [];
  for (let token = 0; token < row.length; token++)
    if (row[token] >= floor && forbidden[token] === 0) out.push(candidate(token));
  return out.sort((a, b) => b.p - a.p || a.token - b.token);
}

/**
 * One token id. `row`: log-probabilities over the vocabulary. Top-p keeps the fewest most likely tokens that hold `topP` of the mass
 * of all allowed tokens, top-k at most `topK` of them.
 */
export function drawToken(row: Float32Array, options: DrawOptions, rng: Rng): number {
  const { forbidden } = options;
  if (options.greedy) return argmax(row, forbidden);
  if (options.topP >= 1 && options.topK <= 0) return drawFull(row, options, rng);
  const among = allowed(row, options);
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
