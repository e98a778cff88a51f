// The bench of curation: all stages against a local endpoint, beside a bare HTTP loop with the same bytes against the same endpoint. Leaves
// out: decoding of media, and a peer that is not ours (bespokelabs-curator).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { VideorftError } from '../../src/base/errors.ts';
import type { BenchResult } from '../harness/bench.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import type { SideResult } from './side.ts';
import { type BenchSize, fullSize, quickSize } from './world.ts';

export interface CurateBenchOptions {
  /** A tenth of the questions: for a first look. */
  readonly quick: boolean;
  readonly size?: BenchSize;
  readonly log: (message: string) => void;
}

const script = (name: string) => join(import.meta.dirname, name);

async function startEndpoint({ latencyMs }: BenchSize) {
  const child = spawn(process.execPath, [script('endpoint.ts'), String(latencyMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [baseURL] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { baseURL, [Symbol.dispose]: () => void child.stdin.end() };
}

async function runSide(side: 'ours' | 'bare', baseURL: string, size: BenchSize): Promise<SideResult> {
  const child = spawn(process.execPath, [script('side.ts'), side, baseURL, JSON.stringify(size)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += String(chunk);
  });
  const [code] = await once(child, 'close');
  if (code === 0) return JSON.parse(text) as SideResult;
  throw new VideorftError(`the side ${side} ended with status ${code}`, { code: 'bench-child', facts: { side } });
}

const cpuPerCall = ({ cpuSeconds, calls }: SideResult) => (cpuSeconds * 1000) / calls;

function rowsOf(ours: SideResult, bare: SideResult): TableRow[] {
  const rate = ({ calls, seconds }: SideResult) => calls / seconds;
  const memory = `${Math.round(ours.firstHalfMB)} and ${Math.round(ours.secondHalfMB)} MB`;
  return [
    rowOf({
      what: 'calls a second, all stages',
      ours: rate(ours),
      peer: rate(bare),
      unit: '1/s',
      bar: { kind: 'at least', value: 0.85 },
      note: `${ours.calls} calls`,
    }),
    rowOf({ what: 'processor time a call', ours: cpuPerCall(ours), peer: cpuPerCall(bare), unit: 'ms' }),
    valueRow({
      what: 'processor time a call, beyond the bare loop',
      ours: cpuPerCall(ours) - cpuPerCall(bare),
      unit: 'ms',
      bar: { kind: 'at most', value: 0.7 },
    }),
    valueRow({
      what: 'memory, second half ÷ first',
      ours: ours.secondHalfMB / ours.firstHalfMB,
      unit: '',
      bar: { kind: 'at most', value: 1.1 },
      note: memory,
    }),
  ];
}

/** Errors: bench-child. */
export async function curateBench({
  quick,
  size = quick ? quickSize : fullSize,
  log,
}: CurateBenchOptions): Promise<BenchResult> {
  const machine = machineFacts(1, {}, loadNow());
  log(describeMachine(machine));
  using endpoint = await startEndpoint(size);
  log(`bare loop, ${size.questions} questions about ${size.clips} clips`);
  const bare = await runSide('bare', endpoint.baseURL, size);
  log('all stages');
  const ours = await runSide('ours', endpoint.baseURL, size);
  return { machine, rows: rowsOf(ours, bare) };
}
