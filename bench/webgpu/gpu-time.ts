// Time that kernels took on the GPU itself, by operator: ONNX Runtime's trace holds it where the driver has timestamps.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TraceEvent } from '../engine/trace.ts';
import { type TableRow, valueRow } from '../harness/rows.ts';

const MOST = 12;
const PREFIX = 'gpu-trace';

export interface OperatorTime {
  readonly name: string;
  /** Per run. */
  readonly calls: number;
  readonly ms: number;
}

interface Traced {
  /** Of the last run, from the host's side. */
  readonly lastMs: number;
  readonly operators: readonly OperatorTime[];
}

/** Runs `work` with a trace in `dir`: what the program that ran longest on the GPU took there. */
export async function traced(dir: string, work: (profile: string) => Promise<void>): Promise<Traced> {
  await work(join(dir, PREFIX));
  const files = (await readdir(dir)).filter((name) => name.startsWith(PREFIX));
  const traces: TraceEvent[][] = [];
  for (const file of files) traces.push(JSON.parse(await readFile(join(dir, file), 'utf8')) as TraceEvent[]);
  const total = (t: readonly TraceEvent[]) => kernelsOf(t).reduce((us, e) => us + e.dur, 0);
  const longest = traces.sort((a, b) => total(b) - total(a))[0] ?? [];
  const runs = longest.filter((e) => e.cat === 'Session' && e.name === 'model_run');
  return {
    lastMs: (runs.at(-1)?.dur ?? 0) / 1000,
    operators: byOperator(kernelsOf(longest), Math.max(1, runs.length)),
  };
}

const kernelsOf = (events: readonly TraceEvent[]) => events.filter((e) => e.cat === 'Api');

const byOperator = (kernels: readonly TraceEvent[], runs: number): OperatorTime[] =>
  [...Map.groupBy(kernels, (e) => e.name.split('&').slice(1).join(' '))]
    .map(([name, list]) => ({
      name,
      calls: list.length / runs,
      ms: list.reduce((us, e) => us + e.dur, 0) / 1000 / runs,
    }))
    .sort((a, b) => b.ms - a.ms);

export const totalMs = (operators: readonly OperatorTime[]): number => operators.reduce((n, o) => n + o.ms, 0);

/** Rows of what `traced` gives. */
export async function gpuTime(
  what: string,
  dir: string,
  work: (profile: string) => Promise<void>,
): Promise<TableRow[]> {
  const { lastMs, operators } = await traced(dir, work);
  return [
    valueRow({ what: `${what}: the last run`, ours: lastMs, unit: 'ms' }),
    valueRow({ what: `${what}: kernels on the GPU`, ours: totalMs(operators), unit: 'ms' }),
    ...operators
      .slice(0, MOST)
      .map(({ name, calls, ms }) => valueRow({ what: `  ${name}`, ours: ms, unit: 'ms', note: `${calls} calls` })),
  ];
}
