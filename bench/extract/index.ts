// The bench of extraction: 16 frames of 128·28·28 pixels from a minute of 1080p H.264, by loadClip and by decord and torchcodec with torchvision's resizing,
// with the same threads, in turn. First it is shown that all give the same frames. Leaves out: other codecs, and many files at once (bench evaluate).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFolder, withSides } from '../engine/sides.ts';
import type { BenchResult } from '../harness/bench.ts';
import { Child } from '../harness/child.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { peerPython } from '../harness/peer-python.ts';
import { rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { ranges, settle, summarize } from '../harness/timing.ts';
import type { OurExtract, PeerExtract, Timed } from './protocol.ts';
import { fullSize, makeVideo, quickSize, type VideoSize } from './world.ts';

export interface ExtractBenchOptions {
  /** Ten seconds of video: for a first look. */
  readonly quick: boolean;
  readonly size?: VideoSize;
  readonly log: (message: string) => void;
}

const READERS = ['decord', 'torchcodec'] as const;
const THREADS = [1, 2] as const;
const ROUNDS = 3;
/** Mean distance of pixels, of 255: converting to RGB rounds otherwise in other versions of swscale. */
const SAME = 1;

interface Sides {
  readonly file: string;
  readonly ours: Child;
  readonly peer: Child;
}

async function meanDistance(a: string, b: string): Promise<number> {
  const [x, y] = [await readFile(a), await readFile(b)];
  if (x.length !== y.length) return Number.NaN;
  return x.reduce((sum, value, i) => sum + Math.abs(value - y[i]), 0) / x.length;
}

/** What both are to make, once per reader, with the pixels compared. It also warms the file and both sides. */
async function compare({ file, ours, peer }: Sides, root: string) {
  const [mine, other] = [join(root, 'ours.rgb'), join(root, 'peer.rgb')];
  const { indices, size } = await ours.call<OurExtract>('extract', { file, threads: 1, out: mine });
  const rows: TableRow[] = [];
  for (const reader of READERS) {
    const request: PeerExtract = { file, threads: 1, out: other, reader, indices, size };
    await peer.call('extract', request);
    const ours = await meanDistance(mine, other);
    const note = `${indices.length} frames of ${size[1]} × ${size[0]}`;
    rows.push(
      valueRow({ what: `distance from ${reader}`, ours, unit: 'of 255', bar: { kind: 'at most', value: SAME }, note }),
    );
  }
  return { indices, size, rows };
}

type Task = Pick<PeerExtract, 'indices' | 'size'>;

async function timeSides({ file, ours, peer }: Sides, threads: number, task: Task): Promise<TableRow[]> {
  const mine: Timed[] = [];
  const theirs: Record<PeerExtract['reader'], Timed[]> = { decord: [], torchcodec: [] };
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await ours.call<OurExtract>('extract', { file, threads }));
    await settle();
    for (const reader of READERS) {
      const request: PeerExtract = { file, threads, reader, ...task };
      theirs[reader].push(await peer.call<Timed>('extract', request));
      await settle();
    }
  }
  return READERS.flatMap((reader) => rowsOf(threads, reader, mine, theirs[reader]));
}

function rowsOf(threads: number, reader: string, mine: readonly Timed[], theirs: readonly Timed[]): TableRow[] {
  const what = `${reader}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const [ours, peer] = [mine, theirs].map((runs) => summarize(runs.map(({ seconds }) => seconds)));
  const [ourCpu, peerCpu] = [mine, theirs].map((runs) => summarize(runs.map(({ cpuSeconds }) => cpuSeconds)).median);
  return [
    rowOf({
      what: `time, ${what}`,
      ours: ours.median,
      peer: peer.median,
      unit: 's',
      bar: { kind: 'at most', value: 1 },
      note: ranges(ours, peer),
    }),
    rowOf({ what: `processor time, ${what}`, ours: ourCpu, peer: peerCpu, unit: 's' }),
  ];
}

/** Errors: bench-child, bench-peer. */
export async function extractBench({
  quick,
  size = quick ? quickSize : fullSize,
  log,
}: ExtractBenchOptions): Promise<BenchResult> {
  const python = peerPython('extract');
  const script = join(import.meta.dirname, '../peers/extract.py');
  const starts = {
    ours: () => new Child('our side', process.execPath, [join(import.meta.dirname, 'side.ts')]),
    peer: () => new Child('decord and torchcodec', python, [script]),
  };
  const load = loadNow();
  return withFolder((root) =>
    withSides(starts, async ({ ours, peer }) => {
      const machine = machineFacts(Math.max(...THREADS), await peer.call<Record<string, string>>('facts'), load);
      log(describeMachine(machine));
      const sides = { file: join(root, 'video.mp4'), ours, peer };
      log(`encoding ${size.seconds} s of ${size.width} × ${size.height}`);
      await makeVideo(sides.file, size);
      log('comparing the frames');
      const { rows, ...task } = await compare(sides, root);
      for (const threads of THREADS) {
        log(`${ROUNDS} rounds with ${threads} threads; load ${loadNow()}`);
        rows.push(...(await timeSides(sides, threads, task)));
      }
      return { machine, rows };
    }),
  );
}
