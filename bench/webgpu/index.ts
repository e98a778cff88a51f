// The bench of a GPU: how right and how fast the engine is on webgpu beside the cpu. A part that fails or takes too long is reported, and
// the others run. Column "ours" is webgpu, "peer" the cpu, both of this machine.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runtimeVersion } from '../../src/engine/index.ts';
import type { BenchResult } from '../harness/bench.ts';
import { loadNow, machineFacts } from '../harness/machine.ts';
import { formatTable, type TableRow, valueRow } from '../harness/rows.ts';

export const webgpuParts = [
  'copies',
  'sft-micro',
  'sft-100M',
  'sample-micro',
  'sample-100M',
  'decode-3B',
  'kernels',
  'time-100M',
  'decode-f16',
  'decode-3B-f16',
  'proofs',
] as const;
export type WebgpuPart = (typeof webgpuParts)[number];

/** A part that takes longer is stopped. */
const PART_MS = 75_000;

interface Failure extends Error {
  readonly stderr?: string;
  readonly killed?: boolean;
  readonly code?: number | string | null;
  readonly signal?: string | null;
}

/** How a process ended, and its last words: the error, or the step that it had come to. */
function reasonOf({ killed, code, signal, stderr = '', message }: Failure): string {
  const end = killed ? `stopped after ${PART_MS / 1000} s` : signal ? `ended by ${signal}` : `exit status ${code}`;
  const lines = (stderr.trim() || message).split('\n').filter((line) => !/^(Node\.js v|\s+at |\s*}?$)/.test(line));
  const error = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.findLast((line) => /error:/i.test(line));
  return `${end}; ${[...new Set([error, lines.at(-1)])].filter(Boolean).join(' … ').slice(-800)}`;
}

async function runPart(part: string, quick: boolean): Promise<TableRow[]> {
  const args = [join(import.meta.dirname, 'worker.ts'), part, ...(quick ? ['quick'] : [])];
  const start = performance.now();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: PART_MS, killSignal: 'SIGKILL' });
    const { rows } = JSON.parse(stdout.trim().split('\n').at(-1) as string) as { rows: TableRow[] };
    return [...rows, valueRow({ what: `(${part})`, ours: (performance.now() - start) / 1000, unit: 's in all' })];
  } catch (error) {
    return [valueRow({ what: `(${part})`, ours: null, unit: '', note: reasonOf(error as Failure) })];
  }
}

export interface WebgpuBenchOptions {
  readonly parts: readonly WebgpuPart[];
  /** The GPU alone, without the cpu beside it. */
  readonly quick: boolean;
  readonly log: (message: string) => void;
}

export async function webgpuBench({ parts, quick, log }: WebgpuBenchOptions): Promise<BenchResult> {
  const load = loadNow();
  const rows: TableRow[] = [];
  for (const part of parts) {
    const found = await runPart(part, quick);
    log(formatTable(found));
    rows.push(...found);
  }
  return { machine: machineFacts(0, { onnxruntime: await runtimeVersion() }, load), rows };
}
