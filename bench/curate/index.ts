// The bench of curation: all stages against a local endpoint, beside a bare HTTP loop with the same bytes and as many plain calls through
// bespokelabs-curator, both against the same endpoint. Leaves out: decoding of media.
import { join } from 'node:path';
import type { BenchResult } from '../harness/bench.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { lastLine, startEndpoint } from '../harness/processes.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { findPeer, type Peer, peerRows, runPeer } from './peer.ts';
import type { SideResult } from './side.ts';
import { type BenchSize, fullSize, quickSize } from './world.ts';

export interface CurateBenchOptions {
  /** A tenth of the questions: for a first look. */
  readonly quick: boolean;
  readonly size?: BenchSize;
  /** bespokelabs-curator; where it is missing, its rows say why. */
  readonly peer?: Peer;
  readonly log: (message: string) => void;
}

const script = (name: string) => join(import.meta.dirname, name);

const runSide = (side: 'ours' | 'bare', baseURL: string, size: BenchSize) =>
  lastLine<SideResult>(process.execPath, [script('side.ts'), side, baseURL, JSON.stringify(size)]);

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
  peer = findPeer(),
  log,
}: CurateBenchOptions): Promise<BenchResult> {
  const versions: Record<string, string> = 'skipped' in peer ? {} : { 'bespokelabs-curator': peer.version };
  const machine = machineFacts(1, versions, loadNow());
  log(describeMachine(machine));
  using endpoint = await startEndpoint(script('endpoint.ts'), size.latencyMs);
  log(`bare loop, ${size.questions} questions about ${size.clips} clips`);
  const bare = await runSide('bare', endpoint.baseURL, size);
  log('all stages');
  const ours = await runSide('ours', endpoint.baseURL, size);
  log('skipped' in peer ? `skipped: ${peer.skipped}` : `bespokelabs-curator, ${ours.calls} calls`);
  const beside = 'skipped' in peer ? peer : await runPeer(peer.python, endpoint.baseURL, size);
  return { machine, rows: [...rowsOf(ours, bare), ...peerRows(ours, beside)] };
}
