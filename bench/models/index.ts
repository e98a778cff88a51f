// Whole models against transformers with the same weights on the same threads: a prompt, the tokens after it, memory, loading; and what
// fewer bits give and cost. Small shapes alternate; a large one has the machine to itself, one pass a side after one that is not measured.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerateReply } from '../engine/protocol.ts';
import { readShapes } from '../engine/shapes.ts';
import { engineStarts, type Starts, withFolder } from '../engine/sides.ts';
import type { BenchResult } from '../harness/bench.ts';
import type { Child } from '../harness/child.ts';
import { describeMachine, loadNow, machineFacts } from '../harness/machine.ts';
import { type Bar, formatTable, rowOf, type TableRow, valueRow } from '../harness/rows.ts';
import { ranges, settle, summarize } from '../harness/timing.ts';
import { coldCat, dropPageCache } from './cold.ts';
import { type ModelSizeName, prepareCheckpoint, promptTokens } from './prepare.ts';
import type { OpenedPass, OpenPass } from './protocol.ts';

export interface ModelsBenchOptions {
  readonly sizes: readonly ModelSizeName[];
  /** Two passes of what alternates. */
  readonly quick: boolean;
  /** Where checkpoints are kept; default: a folder that is removed. */
  readonly checkpoints?: string;
  readonly log: (message: string) => void;
  /** Default: the engine against transformers. */
  readonly starts?: Starts;
}

const PROMPT = 256;
const MADE = 33;
const REPEATS = { all: 7, quick: 2 };

const dtypes = ['f32', 'int8', 'int4'] as const;
type Who = 'peer' | (typeof dtypes)[number];
const everyone: readonly Who[] = ['peer', ...dtypes];

interface Measured {
  readonly load: number;
  readonly coldCat: number | undefined;
  readonly passes: readonly GenerateReply[];
  readonly peakMB: number | null;
  readonly logprobs: Float32Array;
}

interface Setting {
  readonly dir: string;
  readonly starts: Starts;
  readonly threads: number;
  readonly tokens: readonly number[];
  readonly log: (message: string) => void;
}

async function open(who: Who, { dir, starts, threads, tokens }: Setting): Promise<{ child: Child; load: number }> {
  const child = who === 'peer' ? starts.peer() : starts.ours();
  const args: OpenPass = { dir, threads, tokens, made: MADE, dtype: who === 'peer' ? 'f32' : who };
  try {
    return { child, load: (await child.call<OpenedPass>('openPass', args)).seconds };
  } catch (error) {
    await child.close();
    throw error;
  }
}

async function distribution(child: Child, who: Who, { dir }: Setting): Promise<Float32Array> {
  const file = join(dir, `logprobs-${who}.f32`);
  await child.call('logprobs', { file });
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Everyone in turn, `repeats` times. */
async function inTurn(setting: Setting, repeats: number): Promise<Map<Who, Measured>> {
  const opened = new Map<Who, { child: Child; load: number; passes: GenerateReply[] }>();
  try {
    for (const who of everyone) opened.set(who, { ...(await open(who, setting)), passes: [] });
    for (const { child } of opened.values()) await child.call('pass');
    for (let i = 0; i < repeats; i++) {
      for (const { child, passes } of opened.values()) {
        passes.push(await child.call<GenerateReply>('pass'));
        await settle();
      }
    }
    const out = new Map<Who, Measured>();
    for (const [who, { child, load, passes }] of opened) {
      const peakMB = child.peakMemory() ?? null;
      out.set(who, { load, coldCat: undefined, passes, peakMB, logprobs: await distribution(child, who, setting) });
    }
    return out;
  } finally {
    for (const { child } of opened.values()) await child.close();
  }
}

/** One after another, each alone in memory. */
async function alone(setting: Setting): Promise<Map<Who, Measured>> {
  const out = new Map<Who, Measured>();
  for (const who of everyone) {
    setting.log(`  ${who}`);
    const cat = await coldCat(setting.dir);
    await dropPageCache();
    const { child, load } = await open(who, setting);
    try {
      await child.call('pass');
      const passes = [await child.call<GenerateReply>('pass')];
      const peakMB = child.peakMemory() ?? null;
      out.set(who, { load, coldCat: cat, passes, peakMB, logprobs: await distribution(child, who, setting) });
    } finally {
      await child.close();
    }
  }
  return out;
}

/** KL(p ‖ q) in nats, of log-probabilities. */
const divergence = (p: Float32Array, q: Float32Array): number =>
  p.reduce((sum, x, i) => sum + Math.exp(x) * (x - q[i]), 0);

/** Largest difference of logits, each distribution's mean taken off. */
function furthest(p: Float32Array, q: Float32Array): number {
  const mean = (x: Float32Array) => x.reduce((a, b) => a + b, 0) / x.length;
  const shift = mean(p) - mean(q);
  return p.reduce((most, x, i) => Math.max(most, Math.abs(x - q[i] - shift)), 0);
}

const prefillSeconds = (r: GenerateReply) => r.seconds - r.decodeSeconds;
const decodeRate = (r: GenerateReply) => (r.tokens - 1) / r.decodeSeconds;

const atMost = (value: number): Bar => ({ kind: 'at most', value });
const atLeast = (value: number): Bar => ({ kind: 'at least', value });

function rowsOf(size: ModelSizeName, measured: ReadonlyMap<Who, Measured>): TableRow[] {
  const of = (who: Who) => measured.get(who) as Measured;
  const peer = of('peer');
  const rows: TableRow[] = [];
  for (const dtype of dtypes) {
    const [ours, wide, what] = [of(dtype), dtype === 'f32', `${size} ${dtype}`];
    const timed = (what: string, value: (r: GenerateReply) => number, unit: string, bar?: Bar) => {
      const [a, b] = [summarize(ours.passes.map(value)), summarize(peer.passes.map(value))];
      rows.push(rowOf({ what, ours: a.median, peer: b.median, unit, bar, note: ranges(a, b) }));
    };
    timed(`${what}: prompt of ${PROMPT} tokens`, prefillSeconds, 's', wide ? atMost(1.15) : undefined);
    timed(`${what}: tokens after it`, decodeRate, 'tokens/s', atLeast(wide ? 1 : 2));
    const memory = { ours: ours.peakMB, peer: peer.peakMB, unit: 'MB', bar: atMost(wide ? 1 : 0.5) };
    rows.push(rowOf({ what: `${what}: peak memory`, ...memory }));
    const load = ours.coldCat ?? null;
    const note = load === null ? undefined : 'the peer: cat of the files; page cache dropped';
    const bar = wide && load !== null ? atMost(1.5) : undefined;
    rows.push(rowOf({ what: `${what}: loading`, ours: ours.load, peer: load, unit: 's', bar, note }));
    const truth = wide ? peer : of('f32');
    const against = wide ? "from the peer's" : 'from f32';
    const bound = wide ? atMost(1e-3) : undefined;
    const distance = furthest(truth.logprobs, ours.logprobs);
    rows.push(valueRow({ what: `${what}: logits, furthest ${against}`, ours: distance, unit: '', bar: bound }));
    const kl = divergence(truth.logprobs, ours.logprobs);
    if (!wide) rows.push(valueRow({ what: `${what}: KL of the next token ${against}`, ours: kl, unit: 'nats' }));
  }
  return rows;
}

/** Errors: bench-peer, bench-child. */
export async function modelsBench(options: ModelsBenchOptions): Promise<BenchResult> {
  const { log, quick } = options;
  const { threads, seed } = readShapes();
  const load = loadNow();
  const starts = options.starts ?? engineStarts(threads);
  const machine = machineFacts(threads, await factsOf(starts), load);
  log(describeMachine(machine));
  const rows: TableRow[] = [];
  await withFolder(async (temporary) => {
    for (const size of options.sizes) {
      const dir = join(options.checkpoints ?? temporary, size);
      log(`${size}: checkpoint`);
      await mkdir(dir, { recursive: true });
      await prepareCheckpoint(dir, size);
      const setting = { dir, starts, threads, tokens: promptTokens(PROMPT, seed), log };
      log(size);
      const measured =
        size === '3B' ? await alone(setting) : await inTurn(setting, quick ? REPEATS.quick : REPEATS.all);
      const found = rowsOf(size, measured);
      log(formatTable(found));
      rows.push(...found);
    }
  });
  return { machine, rows };
}

async function factsOf(starts: Starts): Promise<Record<string, string>> {
  const sides = [starts.ours(), starts.peer()];
  try {
    return Object.assign({}, ...(await Promise.all(sides.map((side) => side.call<Record<string, string>>('facts')))));
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}
