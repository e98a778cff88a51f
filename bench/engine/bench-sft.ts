// (ii) One SFT step of Qwen2.5-VL against transformers and torch: time, peak memory, equal weights after a few steps; and beside it our
// step without the saving on prompt logits, and through the training port.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child } from '../harness/child.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { alternate, summarize } from '../harness/timing.ts';
import { type Steps, stepRows } from './bench-decoder.ts';
import { relativeDrift } from './compare.ts';
import type { Context } from './context.ts';
import { prepareSft } from './prepare.ts';
import type { Opened, SftVariant, StepReply } from './protocol.ts';
import type { Size } from './shapes.ts';
import { withFolder, withSides } from './sides.ts';

interface Measured extends Steps {
  readonly drift: number;
  readonly memory: { readonly ours: number | undefined; readonly peer: number | undefined };
}

const step = (child: Child) => () => child.call<StepReply>('step');

const trainingArgs = ({ shapes }: Context, dir: string) => {
  return { dir, threads: shapes.threads, optimizer: shapes.optimizer };
};

/** The compared steps (which warm up), memory, weights of both, then `repeats` timed steps of each, in turn. */
async function measureInFolder(context: Context, dir: string, repeats: number): Promise<Measured> {
  const { shapes, starts } = context;
  return withSides(starts, async ({ ours, peer }) => {
    const args = trainingArgs(context, dir);
    const { flops } = await ours.call<Opened>('openSft', { ...args, variant: 'fused' });
    await peer.call('openSft', args);
    const sides = { ours: step(ours), peer: step(peer) };
    await alternate(shapes.comparedSteps, sides, 0);
    const memory = { ours: ours.peakMemory(), peer: peer.peakMemory() };
    const [a, b] = [join(dir, 'ours'), join(dir, 'peer')];
    await Promise.all([mkdir(a), mkdir(b)]);
    await ours.call('save', { dir: a });
    await peer.call('save', { dir: b });
    const drift = await relativeDrift(dir, a, b);
    return { flops, drift, memory, steps: await alternate(repeats, sides) };
  });
}

/** Median seconds of another way to take our step, alone on the machine, after one warm-up step. */
async function measureVariant(context: Context, dir: string, variant: SftVariant, repeats: number): Promise<number> {
  const child = context.starts.ours();
  try {
    await child.call('openSft', { ...trainingArgs(context, dir), variant });
    const seconds: number[] = [];
    for (let i = 0; i <= repeats; i++) seconds.push((await step(child)()).seconds);
    return summarize(seconds.slice(1)).median;
  } finally {
    await child.close();
  }
}

/** For the figure: steps of both sides at a shape. */
export function measureSft(context: Context, size: Size, repeats: number): Promise<Steps> {
  return withFolder(async (dir) => {
    await prepareSft(dir, size, context.shapes.seed);
    return measureInFolder(context, dir, repeats);
  });
}

function rowsOf(context: Context, m: Measured, variants: Readonly<Record<'all-logits' | 'port', number>>): TableRow[] {
  const { size, sizeName, shapes } = context;
  const what = `(ii) ${sizeName}: SFT step, batch ${size.sft.rows}`;
  const peer = summarize(m.steps.peer.map((s) => s.seconds)).median;
  return [
    ...stepRows(what, m, context, size.bars.sft),
    rowOf({ what: `${what}, logits at every position`, ours: variants['all-logits'], peer, unit: 's' }),
    rowOf({ what: `${what}, through the training port`, ours: variants.port, peer, unit: 's' }),
    rowOf({
      what: `${what}: peak memory of the process`,
      ours: m.memory.ours ?? null,
      peer: m.memory.peer ?? null,
      unit: 'MB',
      bar: size.bars.memory === null ? undefined : { kind: 'at most', value: size.bars.memory },
    }),
    valueRow({
      what: `(ii) ${sizeName}: ‖ΔW − ΔW_ref‖ / ‖ΔW_ref‖ after ${shapes.comparedSteps} steps`,
      ours: m.drift,
      unit: '',
      bar: { kind: 'at most', value: 1e-2 },
    }),
  ];
}

export function benchSft(context: Context): Promise<TableRow[]> {
  const { size, shapes, repeats, log } = context;
  return withFolder(async (dir) => {
    await prepareSft(dir, size, shapes.seed);
    const measured = await measureInFolder(context, dir, repeats.train);
    log('(ii) our step with logits at every position, then through the training port');
    const dense = await measureVariant(context, dir, 'all-logits', repeats.train);
    const port = await measureVariant(context, dir, 'port', repeats.train);
    return rowsOf(context, measured, { 'all-logits': dense, port });
  });
}
