// Alternating measurement: ours, peer's, ours, peer's, …, so that a machine that gets slower slows both. Medians and ranges.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, least and greatest. Throws RangeError for an empty list. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

export interface Both<T> {
  readonly ours: T[];
  readonly peer: T[];
}

/** Threads of the side that has just run keep spinning for a moment; the other side must not pay for it. */
const SETTLE_MS = 250;

export const settle = (ms = SETTLE_MS): Promise<void> => sleep(ms);

/** Runs both sides in turn, `repeats` times each. Only one runs at any moment. */
export async function alternate<T>(
  repeats: number,
  sides: { readonly ours: () => Promise<T>; readonly peer: () => Promise<T> },
  settleMs = SETTLE_MS,
): Promise<Both<T>> {
  const out: Both<T> = { ours: [], peer: [] };
  for (let i = 0; i < repeats; i++) {
    out.ours.push(await sides.ours());
    await settle(settleMs);
    out.peer.push(await sides.peer());
    await settle(settleMs);
  }
  return out;
}

const short = (x: number) => Number(x.toPrecision(3));

/** "ours 1.2–1.4, peer 1.5–1.9": the ranges behind two medians. */
export function ranges(ours: Summary, peer: Summary): string {
  return `ours ${short(ours.min)}–${short(ours.max)}, peer ${short(peer.min)}–${short(peer.max)}`;
}
