// Kills a curation again and again with SIGKILL at seeded moments, each after a completed call of its process, lets it end, and holds its
// files and its accounts against an uninterrupted run and against the server's own account.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../src/base/rng.ts';
import { type Bill, expertOf } from '../../src/curate/bill.ts';
import type { AskingStage } from '../../src/curate/state/port.ts';
import { makeSamples, writeWorld } from './curate-world.ts';
import { type Fault, type FlakyExperts, startFlakyExperts } from './flaky-experts.ts';

const childScript = fileURLToPath(new URL('curate-child.ts', import.meta.url));

/** The files of a curation that must not depend on what happened on the way. */
const datasetNames = [
  'rl.jsonl',
  'cot.jsonl',
  'cot-unrefined.jsonl',
  'rejected.jsonl',
  'quarantined.jsonl',
  'counts.json',
];

export const readDataset = async (out: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(datasetNames.map(async (name) => [name, await readFile(join(out, name), 'utf8')])),
  );

export const startCuration = (root: string, out: string, url: string, ...rest: readonly string[]): ChildProcess =>
  spawn(process.execPath, [childScript, root, out, url, ...rest], { stdio: ['ignore', 'ignore', 'inherit'] });

export const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

/** Attempts that were under way when the process died: its own account, read from its file. */
function underWay(out: string): number {
  if (!existsSync(join(out, 'state.sqlite'))) return 0;
  const database = new DatabaseSync(join(out, 'state.sqlite'), { readOnly: true });
  const row = database.prepare('SELECT count(*) AS n FROM attempts WHERE outcome IS NULL').get() as { n: number };
  database.close();
  return row.n;
}

function unknownBy(out: string, { hung }: FlakyExperts): Record<string, number> {
  const database = new DatabaseSync(join(out, 'state.sqlite'), { readOnly: true });
  const query = `SELECT stage, sample FROM attempts JOIN tasks ON tasks.id = task WHERE outcome IN ('lost', 'timeout')`;
  const rows = database.prepare(query).all() as unknown as UnknownRow[];
  database.close();
  return aboutOf(rows, hung);
}

export interface UnknownRow {
  readonly stage: AskingStage;
  readonly sample: string;
}

/** What the attempts were about, less those that the server left hanging. */
export function aboutOf(rows: readonly UnknownRow[], hung: FlakyExperts['hung']): Record<string, number> {
  const unknown: Record<string, number> = {};
  for (const { stage, sample } of rows) {
    const about = `${expertOf[stage]} ${stage === 'describe' ? Number(sample) >> 1 : sample}`;
    unknown[about] = (unknown[about] ?? -(hung[about] ?? 0)) + 1;
  }
  return unknown;
}

export function repeatedBy({ paid }: FlakyExperts): Record<string, number> {
  const repeated: Record<string, number> = {};
  for (const { about, count } of paid.values()) {
    if (count > 1) repeated[about] = (repeated[about] ?? 0) + count - 1;
  }
  return repeated;
}

export interface KillReport {
  readonly killed: number;
  /** Attempts under way at each kill. */
  readonly inFlight: readonly number[];
  /** Usable replies that the server gave for a request that it had answered already, by what it was about. */
  readonly repeated: Readonly<Record<string, number>>;
  /** Attempts of which the client cannot know whether they were answered, by what they were about: taken by kills, or answered too late. */
  readonly unknown: Readonly<Record<string, number>>;
  readonly received: number;
  readonly given: Readonly<Record<Fault, number>>;
  readonly bill: Bill;
  readonly interrupted: Record<string, string>;
  readonly uninterrupted: Record<string, string>;
}

/** Kills after so many completed calls and milliseconds. */
async function killOnce(root: string, out: string, server: FlakyExperts, calls: number, ms: number): Promise<boolean> {
  const child = startCuration(root, out, server.baseURL);
  let left = calls;
  server.onPaid = () => {
    if (--left === 0) void setTimeout(ms).then(() => child.kill('SIGKILL'));
  };
  const code = await ended(child);
  server.onPaid = undefined;
  await setTimeout(50); // what the killed process had sent arrives
  if (code !== null && code !== 0) throw new Error(`the curation ended with status ${code}`);
  return code === null;
}

export async function killCuration(samples: number, kills: number, seed: number): Promise<KillReport> {
  const root = await mkdtemp(join(tmpdir(), 'videorft-curation-kills-'));
  await writeWorld(root, makeSamples(samples), ['not a row']);
  const options = { seed, share: 0.25, hangMs: 3000 };
  await using steady = await startFlakyExperts(options);
  const whole = await ended(startCuration(root, join(root, 'whole'), steady.baseURL));
  if (whole !== 0) throw new Error(`the uninterrupted curation ended with status ${whole}`);

  await using server = await startFlakyExperts(options);
  const rng = createRng(seed);
  const out = join(root, 'killed');
  const inFlight: number[] = [];
  // So many calls between two kills that the run is nearly through after the last one.
  const calls = Math.max(3, Math.floor((samples * 2.5) / (kills + 1)));
  while (inFlight.length < kills) {
    if (!(await killOnce(root, out, server, 1 + rng.int(calls), rng.uniform(0, 8)))) break;
    inFlight.push(underWay(out));
  }
  const last = await ended(startCuration(root, out, server.baseURL));
  if (last !== 0) throw new Error(`the last curation ended with status ${last}`);
  return {
    killed: inFlight.length,
    inFlight,
    repeated: repeatedBy(server),
    unknown: unknownBy(out, server),
    received: server.received(),
    given: server.given,
    bill: JSON.parse(await readFile(join(out, 'bill.json'), 'utf8')) as Bill,
    interrupted: await readDataset(out),
    uninterrupted: await readDataset(join(root, 'whole')),
  };
}
