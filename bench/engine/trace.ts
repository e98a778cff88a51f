// ONNX Runtime's trace of a session → time by operator, and the most expensive kernels with the shapes they worked on.
// Only the last run of the session counts: the first ones touch memory for the first time. Leaves out: time outside kernels' calls.

export interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds since the session's start, and of duration. */
  readonly ts: number;
  readonly dur: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface Share {
  readonly what: string;
  readonly calls: number;
  readonly ms: number;
  /** Of the whole run. */
  readonly percent: number;
}

export interface Trace {
  readonly runMs: number;
  readonly byOperator: readonly Share[];
  readonly byShape: readonly Share[];
}

/** [{"float":[2,3]},{"float":[3,4]}] → "2×3, 3×4". */
function shapesOf(args: Readonly<Record<string, unknown>> | undefined): string {
  const list = (args?.input_type_shape ?? []) as readonly Readonly<Record<string, readonly number[]>>[];
  return list.map((entry) => Object.values(entry)[0].join('×') || 'scalar').join(', ');
}

function grouped(kernels: readonly TraceEvent[], runUs: number, label: (e: TraceEvent) => string): Share[] {
  const groups = new Map<string, { calls: number; us: number }>();
  for (const e of kernels) {
    const group = groups.get(label(e)) ?? { calls: 0, us: 0 };
    groups.set(label(e), { calls: group.calls + 1, us: group.us + e.dur });
  }
  return [...groups]
    .map(([what, { calls, us }]) => ({ what, calls, ms: us / 1000, percent: (100 * us) / runUs }))
    .sort((a, b) => b.ms - a.ms);
}

/** Throws RangeError for a trace without a run. */
export function summarizeTrace(events: readonly TraceEvent[]): Trace {
  const run = events.filter((e) => e.cat === 'Session' && e.name === 'model_run').at(-1);
  if (!run) throw new RangeError('the trace holds no run');
  const kernels = events.filter(
    (e) => e.cat === 'Node' && e.name.endsWith('_kernel_time') && e.ts >= run.ts && e.ts <= run.ts + run.dur,
  );
  const operator = (e: TraceEvent) => String(e.args?.op_name);
  const byOperator = grouped(kernels, run.dur, operator);
  const inside = kernels.reduce((us, e) => us + e.dur, 0);
  const rest = run.dur - inside;
  const outside = {
    what: '(between kernels)',
    calls: kernels.length,
    ms: rest / 1000,
    percent: (100 * rest) / run.dur,
  };
  return {
    runMs: run.dur / 1000,
    byOperator: [...byOperator, outside],
    byShape: grouped(kernels, run.dur, (e) => `${operator(e)}  ${shapesOf(e.args)}`),
  };
}

/** Aligned text; at most `most` lines. */
export function formatShares(shares: readonly Share[], most = shares.length): string {
  const line = (ms: string, percent: string, calls: string, what: string) =>
    `${ms.padStart(9)}  ${percent.padStart(5)}  ${calls.padStart(6)}  ${what}`;
  const lines = shares.slice(0, most).map((s) => line(s.ms.toFixed(2), s.percent.toFixed(1), String(s.calls), s.what));
  return [line('ms', '%', 'calls', 'operator'), ...lines].join('\n');
}
