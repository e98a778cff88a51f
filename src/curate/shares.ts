// Who works on which samples, and what became of each: a port, so that one process can go through a list, or many share one
// (state/postgres/shares.ts). A share is the samples of one media file. Leaves out: the answers, which the state keeps exactly once whoever asks.
import { VideorftError } from '../base/errors.ts';
import type { Fate } from './outcome.ts';

export interface Share {
  readonly index: number;
  /** Positions of samples that have their fate already, from a worker that died over the others. */
  readonly settled: ReadonlySet<number>;
}

export interface ShareCounts {
  readonly settled: number;
  readonly quarantined: number;
  /** At work on it now. */
  readonly workers: number;
}

export interface Shares {
  /** A share that nobody else works on; waits while others hold the rest; undefined when every sample has its fate. */
  next(signal?: AbortSignal): Promise<Share | undefined>;
  /** The first fate of a sample stands. */
  settle(position: number, fate: Fate): Promise<void>;
  done(share: Share): Promise<void>;
  /** Of all workers together. */
  counts(): Promise<ShareCounts>;
  /** Of every sample, by position, once `next` has said that all are there. */
  fates(): Promise<readonly Fate[]>;
}

/** What is to be shared: for each share the positions of its samples; and the hash of all that the dataset depends on (work.ts). */
export interface Work {
  readonly shares: readonly (readonly number[])[];
  readonly samples: number;
  readonly fingerprint: () => string;
}

/** Of one process that is alone. */
export function localShares({ shares, samples }: Work): Shares {
  const fates: (Fate | undefined)[] = new Array(samples).fill(undefined);
  let taken = 0;
  let settled = 0;
  let quarantined = 0;
  return {
    async next() {
      return taken < shares.length ? { index: taken++, settled: new Set() } : undefined;
    },
    async settle(position, fate) {
      fates[position] = fate;
      settled++;
      if (!('keys' in fate)) quarantined++;
    },
    async done() {},
    counts: async () => ({ settled, quarantined, workers: 1 }),
    fates: async () => complete(fates),
  };
}

/** Every sample has one. Throws 'curate-counts' otherwise, which would be a defect of ours. */
export function complete(fates: readonly (Fate | undefined)[]): readonly Fate[] {
  const missing = fates.indexOf(undefined);
  if (missing < 0) return fates as readonly Fate[];
  throw new VideorftError('A sample of the curation has no outcome.', {
    code: 'curate-counts',
    facts: { position: missing, samples: fates.length },
    fix: 'Please report this with the folder of the run.',
  });
}
