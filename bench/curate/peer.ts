// bespokelabs-curator beside the curation bench: the same number of calls of one stage, each with the reasoner's prompt; as many of them with the frames as
// ours, or, in its favour, none. Leaves out: schemas, a second stage.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { VideorftError } from '../../src/base/errors.ts';
import { reasonPrompt } from '../../src/prompt/reason.ts';
import { expertReply, makeSamples } from '../../test/support/curate-world.ts';
import { peerPython } from '../harness/peer-python.ts';
import { lastLine } from '../harness/processes.ts';
import { type Bar, rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import type { SideResult } from './side.ts';
import { type BenchSize, benchConfig, callsOf } from './world.ts';

export type PeerResult = Pick<SideResult, 'calls' | 'seconds' | 'cpuSeconds'>;

/** A Python that has curator, or why there is none. */
export type Peer = { readonly python: string; readonly version: string } | { readonly skipped: string };

const ASK_VERSION = 'from importlib.metadata import version; print(version("bespokelabs-curator"))';

/** Looks for the peer without importing it. */
export function findPeer(): Peer {
  try {
    const python = peerPython('curator');
    const { status, stdout } = spawnSync(python, ['-c', ASK_VERSION], { encoding: 'utf8' });
    if (status === 0) return { python, version: stdout.trim() };
    return { skipped: 'the Python of the peer has no bespokelabs-curator: npm run peers -- curator' };
  } catch (error) {
    if (!(error instanceof VideorftError && error.code === 'bench-peer')) throw error;
    return { skipped: `${error.message}: npm run peers -- curator` };
  }
}

/** The reasoner's prompt around the number of its question. */
function promptAround(): { readonly before: string; readonly after: string } {
  const [sample] = makeSamples(1);
  const { messages } = reasonPrompt(sample, JSON.parse(expertReply('describer', '').text));
  const [before, after, ...more] = String(messages[0].content).split(`${sample.problem.slice(0, -2)}0?`);
  if (messages.length !== 1 || after === undefined || more.length > 0)
    throw new Error('the prompt does not hold the question exactly once');
  return { before: `${before}${sample.problem.slice(0, -2)}`, after: `?${after}` };
}

/** Calls with bytes as ours, and calls of text alone. */
export interface PeerResults {
  readonly sameBytes: PeerResult;
  readonly textAlone: PeerResult;
}

/** Errors: bench-child. */
export async function runPeer(python: string, baseURL: string, size: BenchSize): Promise<PeerResults> {
  const sameBytes = await runOnce(python, baseURL, size, size.clips + size.questions);
  return { sameBytes, textAlone: await runOnce(python, baseURL, size, 0) };
}

/** `pictured`: how many of the calls carry frames. */
function runOnce(python: string, baseURL: string, size: BenchSize, pictured: number): Promise<PeerResult> {
  const { model, maxTokens } = benchConfig('', '', baseURL, size).experts.reasoner;
  const inFlight = size.inFlight.reduce((sum, n) => sum + n, 0);
  const [pictures, pictureBytes] = [size.framesPerClip, size.frameBytes / size.framesPerClip];
  const asked = { calls: callsOf(size), inFlight, pictured, pictures, pictureBytes, ...promptAround() };
  const spec = { baseURL, model, maxTokens, ...asked };
  return lastLine(python, [join(import.meta.dirname, '../peers/curator_client.py'), JSON.stringify(spec)]);
}

/** Calls a second of processor time, and a second of the clock. */
export function peerRows(ours: PeerResult, peer: PeerResults | { readonly skipped: string }): TableRow[] {
  const perCore = ({ calls, cpuSeconds }: PeerResult) => calls / cpuSeconds;
  const perSecond = ({ calls, seconds }: PeerResult) => calls / seconds;
  const unit = '1/s';
  const what = 'calls a processor-second, bespokelabs-curator';
  if ('skipped' in peer) return [valueRow({ what, ours: perCore(ours), unit, note: `skipped: ${peer.skipped}` })];
  const { sameBytes, textAlone } = peer;
  const row = (of: PeerResult, rest: { what: string; bar?: Bar; note?: string }) =>
    rowOf({ ours: perCore(ours), peer: perCore(of), unit, ...rest });
  return [
    row(sameBytes, { what, bar: { kind: 'at least', value: 3 }, note: `${sameBytes.calls} calls, the same pictures` }),
    row(textAlone, { what: 'the same, its calls without pictures', note: 'in its favour: ours has them' }),
    rowOf({ what: 'calls a second, bespokelabs-curator', ours: perSecond(ours), peer: perSecond(sameBytes), unit }),
  ];
}
