// Seeded ways to take some of the samples: subsample, split by media file, mix several sets by weight. Pure; the same seed
// gives the same choice on every machine.
import { VideorftError } from '../base/errors.ts';
import { createRng, hash32 } from '../base/rng.ts';
import type { Sample } from './sample.ts';

/** `count` items in their original order, all of them where there are fewer. */
export function subsample<T>(items: readonly T[], count: number, seed: number): T[] {
  const order = createRng(seed).shuffle(items.map((_, index) => index));
  return order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((index) => items[index]);
}

/** Whether all that hangs on `key` (a path, a hash of content) is held out; of many keys about `share` in [0, 1] are. */
export const isHeldOut = (key: string, share: number, seed: number): boolean =>
  createRng(hash32(`${seed}/${key}`)).next() < share;

/**
 * Splits by media file, so that no clip has questions on both sides. A file's side depends on its path and the seed alone:
 * adding samples moves nobody. `share` in [0, 1] is the expected part of the files that is held out.
 */
export function splitByMedia<T extends Pick<Sample, 'path'>>(
  samples: readonly T[],
  share: number,
  seed: number,
): { train: T[]; heldOut: T[] } {
  const out = ({ path }: T) => isHeldOut(path.replace(/^\.\//, ''), share, seed);
  return { train: samples.filter((sample) => !out(sample)), heldOut: samples.filter(out) };
}

export interface MixturePart<T> {
  readonly samples: readonly T[];
  /** Relative share of the mixture; above 0. */
  readonly weight: number;
}

/** `count` shared out in proportion to the weights, in whole numbers: what is left over goes to the largest remainders. */
export function largestRemainder(weights: readonly number[], count: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (count * weight) / total);
  const counts = exact.map(Math.floor);
  const byRemainder = exact.map((_, i) => i).sort((a, b) => exact[b] - counts[b] - (exact[a] - counts[a]) || a - b);
  const missing = count - counts.reduce((sum, n) => sum + n, 0);
  for (const i of byRemainder.slice(0, missing)) counts[i]++;
  return counts;
}

/**
 * `count` samples from the parts in proportion to their weights (largest remainder), shuffled together. A part that is too
 * small starts over in a new order, so that its share holds. Throws `data-empty-part` for a part without samples.
 */
export function mixture<T>(parts: readonly MixturePart<T>[], count: number, seed: number): T[] {
  const rng = createRng(seed);
  const weights = parts.map(({ weight }) => weight);
  const counts = largestRemainder(weights, count);
  return rng.shuffle(parts.flatMap(({ samples }, i) => takeCycling(samples, counts[i], seed, i)));
}

function takeCycling<T>(samples: readonly T[], count: number, seed: number, part: number): T[] {
  if (count > 0 && samples.length === 0) {
    throw new VideorftError('A part of the mixture has no samples.', {
      code: 'data-empty-part',
      facts: { part },
      fix: 'Remove the part or give it samples.',
    });
  }
  const taken: T[] = [];
  for (let round = 0; taken.length < count; round++) {
    taken.push(
      ...createRng(seed)
        .fork(`${part}/${round}`)
        .shuffle(samples)
        .slice(0, count - taken.length),
    );
  }
  return taken;
}
