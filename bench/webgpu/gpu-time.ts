// Time that kernels took on the GPU itself, by operator: ONNX Runtime's trace holds it where the driver has timestamps.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TraceEvent } from '../engine/trace.ts';
import { type TableRow, valueRow } from '../harness/rows.ts';

const MOST = 12;

/** Runs `work` with a trace in `dir`; rows per run of the program that ran longest on the GPU. */
export async function gpuTime(
  what: string,
  dir: string,
  work: (profile: string) => Promise<void>,
): Promise<TableRow[]> {
  await work(join(dir, 'gpu-trace'));
  const files = (await readdir(dir)).filter((name) => name.startsWith('gpu-trace'));
  const traces: TraceEvent[][] = [];
  for (const file of files) traces.push(JSON.parse(await readFile(join(dir, file), 'utf8')) as TraceEvent[]);
  const total = (t: readonly TraceEvent[]) => kernelsOf(t).reduce((us, e) => us + e.dur, 0);
  const longest = traces.sort((a, b) => total(b) - total(a))[0] ?? [];
  return rowsOf(what, longest);
}

const kernelsOf = (events: readonly TraceEvent[]) => events.filter((e) => e.cat === 'Api');

function rowsOf(what: string, events: readonly TraceEvent[]): TableRow[] {
  const runs = events.filter((e) => e.cat === 'Session' && e.name === 'model_run');
  const kernels = kernelsOf(events);
  const perRun = (us: number) => us / 1000 / Math.max(1, runs.length);
  const operators = [...Map.groupBy(kernels, (e) => e.name.split('&').slice(1).join(' '))]
    .map(([name, list]) => ({
      name,
      calls: list.length / runs.length,
      ms: perRun(list.reduce((n, e) => n + e.dur, 0)),
    }))
    .sort((a, b) => b.ms - a.ms);
  const last = runs.at(-1)?.dur ?? 0;
  return [
    valueRow({ what: `${what}: the last run`, ours: last / 1000, unit: 'ms' }),
    valueRow({ what: `${what}: kernels on the GPU`, ours: operators.reduce((n, o) => n + o.ms, 0), unit: 'ms' }),
    ...operators
      .slice(0, MOST)
      .map(({ name, calls, ms }) => valueRow({ what: `  ${name}`, ours: ms, unit: 'ms', note: `${calls} calls` })),
  ];
}
