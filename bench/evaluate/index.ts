// The bench of evaluation: questions about really decoded clips against a local endpoint, beside the decoding alone, and beside lmms-eval's
// OpenAI-compatible client on the same endpoint and clips. Leaves out: models.
import { join } from 'node:path';
import { VideorftError } from '../../src/base/errors.ts';
import { withFolder } from '../engine/sides.ts';
import type { BenchResult } from '../harness/bench.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { peerPython } from '../harness/peer-python.ts';
import { lastLine, startEndpoint } from '../harness/processes.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { type EndpointStats, rateOf, takeStats } from './protocol.ts';
import type { SideResult } from './side.ts';
import { type BenchSize, fullSize, makeBenchWorld, quickSize } from './world.ts';

export interface EvaluateBenchOptions {
  /** A tenth of the clips: for a first look. */
  readonly quick: boolean;
  /** Leaves lmms-eval out. */
  readonly alone?: boolean;
  readonly size?: BenchSize;
  readonly log: (message: string) => void;
}

const script = (name: string) => join(import.meta.dirname, name);

interface Measured {
  readonly decoded: SideResult;
  readonly asked: SideResult;
  readonly ours: EndpointStats;
  readonly peer: EndpointStats | undefined;
}

function rowsOf(size: BenchSize, { decoded, asked, ours, peer }: Measured): TableRow[] {
  const decoding = (decoded.count * size.questionsPerClip) / decoded.seconds;
  const endpoint = (size.inFlight * 1000) / size.latencyMs;
  const rate = rateOf(ours);
  const rows: TableRow[] = [
    valueRow({ what: 'decoding alone, questions a second', ours: decoding, unit: '1/s' }),
    rowOf({
      what: 'answers a second, of min(endpoint, decoding)',
      ours: rate,
      peer: Math.min(endpoint, decoding),
      unit: '1/s',
      bar: { kind: 'at least', value: 0.9 },
      note: `${ours.answers} answers, ${ours.mostInFlight} in flight at most, ${Math.round(ours.megabytes)} MB`,
    }),
  ];
  // What does not depend on what else the machine does.
  const cpu = ({ cpuSeconds }: SideResult) => (1000 * cpuSeconds) / asked.count;
  rows.push(
    rowOf({
      what: 'processor time a question, beside decoding alone',
      ours: cpu(asked),
      peer: cpu(decoded),
      unit: 'ms',
    }),
  );
  if (peer)
    rows.push(
      rowOf({
        what: 'answers a second, lmms-eval beside it',
        ours: rate,
        peer: rateOf(peer),
        unit: '1/s',
        bar: { kind: 'at least', value: 1 },
        note: `${peer.answers} answers of lmms-eval, ${Math.round(peer.megabytes)} MB`,
      }),
    );
  return rows;
}

/** Errors: bench-child, bench-peer. */
export async function evaluateBench({
  quick,
  alone = false,
  size = quick ? quickSize : fullSize,
  log,
}: EvaluateBenchOptions): Promise<BenchResult> {
  const python = alone ? undefined : peerPython('evaluate');
  const machine = machineFacts(1, {}, loadNow());
  log(describeMachine(machine));
  return withFolder(async (root) => {
    await makeBenchWorld(root, size, log);
    using endpoint = await startEndpoint(script('endpoint.ts'), size.latencyMs);
    const side = (name: string) =>
      lastLine<SideResult>(process.execPath, [script('side.ts'), name, root, endpoint.baseURL, JSON.stringify(size)]);
    log(`decoding ${size.clips} clips alone`);
    const decoded = await side('decode');
    log(`${size.clips * size.questionsPerClip} questions`);
    const asked = await side('ours');
    const ours = await takeStats(endpoint.baseURL);
    if (decoded.count !== size.clips || asked.count !== size.clips * size.questionsPerClip)
      throw new VideorftError('not everything was decoded and answered', {
        code: 'bench-child',
        facts: { clips: decoded.count, answers: asked.count },
      });
    if (!python) return { machine, rows: rowsOf(size, { decoded, asked, ours, peer: undefined }) };
    log(`lmms-eval, ${size.peerQuestions} questions`);
    const peerScript = join(import.meta.dirname, '../peers/evaluate_client.py');
    const [count, inFlight] = [String(size.peerQuestions), String(size.inFlight)];
    await lastLine(python, [peerScript, root, endpoint.baseURL, count, inFlight]);
    return { machine, rows: rowsOf(size, { decoded, asked, ours, peer: await takeStats(endpoint.baseURL) }) };
  });
}
