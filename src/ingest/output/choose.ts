// How many samples each source gives, by weights and without repeats, and which; pure and seeded. Leaves out: files.

import { hash32 } from '../../base/rng.ts';
import { largestRemainder, subsample } from '../../data/split.ts';

export interface Part {
  readonly name: string;
  readonly available: number;
  readonly weight: number | undefined;
}

/**
 * Samples per part. Without weights and count: all. With a count: that many in all, shared by weight, and without weights by size;
 * where a part has fewer than its share, the others give the rest. With weights alone: as many as keep every share exact.
 */
export function quotas(parts: readonly Part[], count: number | undefined): number[] {
  const weighted = parts.some(({ weight }) => weight !== undefined);
  if (!weighted && count === undefined) return parts.map(({ available }) => available);
  const weights = parts.map(({ weight, available }) => (weighted ? (weight ?? 1) : available));
  const total = parts.reduce((sum, { available }) => sum + available, 0);
  return fill(parts, weights, Math.min(total, count ?? largestExact(parts, weights)));
}

/** Largest number of samples of which every part with samples gives its share. */
function largestExact(parts: readonly Part[], weights: readonly number[]): number {
  const all = weights.reduce((sum, weight, i) => sum + (parts[i].available > 0 ? weight : 0), 0);
  const limits = parts.flatMap(({ available }, i) => (available > 0 ? [(available * all) / weights[i]] : []));
  return Math.floor(Math.min(...limits) + 1e-9);
}

function fill(parts: readonly Part[], weights: readonly number[], count: number): number[] {
  const given = parts.map(() => 0);
  for (let left = count; left > 0; left = count - sum(given)) {
    const open = parts.map(({ available }, i) => (given[i] < available ? weights[i] : 0));
    const shares = largestRemainder(open, left);
    for (const [i, { available }] of parts.entries()) given[i] = Math.min(available, given[i] + shares[i]);
  }
  return given;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

/** Which of a part's samples are taken, by their place in it. */
export function chosen({ name, available }: Part, quota: number, seed: number): Uint8Array {
  const taken = new Uint8Array(available);
  if (quota >= available) return taken.fill(1);
  const places = Array.from({ length: available }, (_, i) => i);
  for (const place of subsample(places, quota, (seed ^ hash32(name)) >>> 0)) taken[place] = 1;
  return taken;
}
