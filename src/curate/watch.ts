// The progress of a run while it goes on: samples done, rates, tokens, cost, failures; of all workers together where several share it.
// Leaves out: counting (meter.ts, shares.ts).
import { createProgress } from '../base/progress.ts';
import type { MeteredState } from './meter.ts';
import type { Shares } from './shares.ts';

/** An expert may take minutes for its first answers: the line moves all the same. */
const TICK_MS = 1000;
/** Between two looks at what other workers do: this long, and so many times what a look takes. */
const LOOK_MS = 2000;
const LOOK_SHARE = 20;

export interface Show {
  /** A sample is done here. */
  settled(asked: boolean): void;
  finish(): Promise<void>;
}

export interface ShowOptions {
  readonly total: number;
  readonly state: MeteredState;
  readonly shares: Shares;
  /** Others may be at work too. */
  readonly shared: boolean;
  /** Draws on stderr. */
  readonly drawn: boolean;
}

export async function createShow({ total, state, shares, shared, drawn }: ShowOptions): Promise<Show> {
  let counts = await shares.counts();
  const initial = counts.settled;
  const progress = drawn ? createProgress({ label: 'curate', total, unit: 'samples', initial }) : undefined;
  const show = () => {
    const { quarantined, workers } = counts;
    const rest = [
      ...(quarantined > 0 ? [`quarantined ${quarantined}`] : []),
      ...(workers > 1 ? [`${workers} workers`] : []),
    ];
    progress?.advance(0, [state.status(), ...rest].join(' · '));
  };
  /** What all workers have done; never less than was shown. */
  const look = async () => {
    const before = counts.settled;
    counts = await shares.counts();
    if (shared) progress?.advance(Math.max(0, counts.settled - before));
  };
  let looking: Promise<void> | undefined;
  let nextLook = 0;
  const tick = async () => {
    if (shared && Date.now() < nextLook) return;
    const began = Date.now();
    if (shared) await state.catchUp();
    await look();
    nextLook = Date.now() + Math.max(LOOK_MS, LOOK_SHARE * (Date.now() - began));
  };
  const ticking = setInterval(() => {
    // A state that cannot be read cannot be written either, and whoever writes is told.
    looking ??= tick()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
    show();
  }, TICK_MS);
  show();
  return {
    settled(asked) {
      if (shared) return;
      if (asked) progress?.advance();
      else progress?.skip();
    },
    async finish() {
      clearInterval(ticking);
      await looking;
      // Only the line's last numbers are at stake; a run over a state that is gone has failed with its error already.
      await look().catch(() => undefined);
      show();
      progress?.finish();
    },
  };
}
