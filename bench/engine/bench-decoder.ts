// (i) Forward, backward, clipping and AdamW of a plain transformer: identical work and weights on both sides.

import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { alternate, type Both, ranges, summarize } from '../harness/timing.ts';
import type { Context } from './context.ts';
import { prepareDecoder } from './prepare.ts';
import type { Opened, StepReply } from './protocol.ts';
import type { Size } from './shapes.ts';
import { withFolder, withSides } from './sides.ts';

export interface Steps {
  readonly flops: number;
  readonly steps: Both<StepReply>;
}

/** One warm-up step on each side, then `repeats` of each, in turn. */
export function measureDecoder(context: Context, size: Size, repeats: number): Promise<Steps> {
  const { starts, shapes } = context;
  return withFolder(async (dir) => {
    await prepareDecoder(dir, size, shapes.seed);
    return withSides(starts, async ({ ours, peer }) => {
      const args = { dir, threads: shapes.threads, optimizer: shapes.optimizer };
      const { flops } = await ours.call<Opened>('openDecoder', args);
      await peer.call('openDecoder', args);
      const sides = { ours: () => ours.call<StepReply>('step'), peer: () => peer.call<StepReply>('step') };
      await alternate(1, sides);
      return { flops, steps: await alternate(repeats, sides) };
    });
  });
}

const seconds = (replies: readonly StepReply[]) => summarize(replies.map((r) => r.seconds));

/** Time of a step and, from it, the share of the machine's arithmetic that the matrix products use. */
export function stepRows(what: string, { flops, steps }: Steps, context: Context, bar: number | null): TableRow[] {
  const [a, b] = [seconds(steps.ours), seconds(steps.peer)];
  const share = (s: number) => (100 * flops) / s / 1e9 / context.limits.gflops;
  return [
    rowOf({
      what: `${what}: time of a step`,
      ours: a.median,
      peer: b.median,
      unit: 's',
      bar: bar === null ? undefined : { kind: 'at most', value: bar },
      note: ranges(a, b),
    }),
    rowOf({
      what: `${what}: share of the machine's arithmetic`,
      ours: share(a.median),
      peer: share(b.median),
      unit: '%',
      note: `${(flops / 1e9).toFixed(1)} GFLOP of matrix products`,
    }),
  ];
}

export async function benchDecoder(context: Context): Promise<TableRow[]> {
  const { size, sizeName } = context;
  const measured = await measureDecoder(context, size, context.repeats.train);
  const last = measured.steps.ours.length - 1;
  const [ours, peer] = [measured.steps.ours[last].loss, measured.steps.peer[last].loss];
  const same = valueRow({
    what: `(i) ${sizeName}: relative difference of the losses after ${last + 2} steps`,
    ours: Math.abs(ours - peer) / Math.abs(peer),
    unit: '',
    bar: { kind: 'at most', value: 1e-3 },
    note: `losses ${ours.toFixed(5)} and ${peer.toFixed(5)}`,
  });
  const what = `(i) ${sizeName}: transformer ${size.decoder.rows}×${size.decoder.tokens}`;
  return [...stepRows(what, measured, context, size.bars.decoder), same];
}
