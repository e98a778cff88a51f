// The bench of the engine against PyTorch: (i) a plain transformer's step, (ii) an SFT step, (iii) group generation. Each part starts
// fresh processes. Leaves out: where the time goes (profile.ts).
import type { BenchResult } from '../harness/bench.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { formatTable, type TableRow } from '../harness/rows.ts';
import { benchDecoder } from './bench-decoder.ts';
import { benchGenerate } from './bench-generate.ts';
import { benchSft } from './bench-sft.ts';
import type { Context } from './context.ts';
import { type GrowPoint, growPoints, type Part } from './grow.ts';
import { writeGrowth } from './grow-figure.ts';
import { type MeasuredLimits, measureLimits } from './limits.ts';
import { readShapes, type SizeName } from './shapes.ts';
import { engineStarts, type Starts } from './sides.ts';

export interface EngineBenchOptions {
  readonly parts: readonly Part[];
  readonly sizes: readonly SizeName[];
  /** Two repetitions of everything: for a first look, not for numbers. */
  readonly quick: boolean;
  /** Also measure growth and draw the figure. */
  readonly grow: boolean;
  readonly log: (message: string) => void;
  /** Default: the engine against PyTorch. */
  readonly starts?: Starts;
  readonly measured?: MeasuredLimits;
}

const parts: Readonly<Record<Part, (context: Context) => Promise<TableRow[]>>> = {
  i: benchDecoder,
  ii: benchSft,
  iii: benchGenerate,
};

const QUICK = { train: 2, generate: 1 };

async function grow(context: Context, options: EngineBenchOptions, machine: unknown): Promise<void> {
  const points: GrowPoint[] = [];
  for (const part of options.parts) points.push(...(await growPoints(context, part)));
  options.log(`figure: ${await writeGrowth(`engine-${context.sizeName}`, machine, points)}`);
}

/** Errors: bench-peer, bench-child. */
export async function engineBench(options: EngineBenchOptions): Promise<BenchResult> {
  const { log, quick } = options;
  const shapes = readShapes();
  const load = loadNow();
  const starts = options.starts ?? engineStarts(shapes.threads);
  log("the machine's limits");
  const { limits, rows: limitRows, versions } = options.measured ?? (await measureLimits(starts, shapes.threads));
  const machine = machineFacts(shapes.threads, versions, load);
  log(describeMachine(machine));
  const rows = [...limitRows];
  for (const sizeName of options.sizes) {
    const size = shapes.sizes[sizeName];
    const context: Context = { shapes, sizeName, size, starts, limits, log, repeats: quick ? QUICK : size.repeats };
    for (const part of options.parts) {
      log(`(${part}) ${sizeName}`);
      const found = await parts[part](context);
      log(formatTable(found));
      rows.push(...found);
    }
    if (options.grow) await grow(context, options, machine);
  }
  return { machine, rows };
}
