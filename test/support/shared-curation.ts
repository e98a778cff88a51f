// One curation by two processes on one PostgreSQL, killed with -9 at seeded moments; its files and its accounts beside those of one uninterrupted
// run on SQLite, and beside the experts' own account.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createRng } from '../../src/base/rng.ts';
import { aboutOf, ended, readDataset, repeatedBy, startCuration, type UnknownRow } from './curate-kills.ts';
import { makeSamples, writeWorld } from './curate-world.ts';
import { type FlakyExperts, startFlakyExperts } from './flaky-experts.ts';
import type { PostgresServer } from './postgres.ts';

export interface SharedOptions {
  readonly samples: number;
  readonly kills: number;
  readonly seed: number;
  /** Whether a killed worker comes back. */
  readonly comesBack: boolean;
}

export interface SharedReport {
  /** Attempts that the killed process had under way, by kill. */
  readonly inFlight: readonly number[];
  readonly repeated: Readonly<Record<string, number>>;
  /** As in curate-kills.ts: attempts of which nobody knows whether they were answered. */
  readonly unknown: Readonly<Record<string, number>>;
  readonly answers: number;
  /** Answers that were stored for a task that had one. */
  readonly answeredTwice: number;
  readonly datasets: readonly Record<string, string>[];
  readonly alone: Record<string, string>;
}

const SCHEMA = 'kills';

/** Resolves after so many usable replies and milliseconds. */
async function after(experts: FlakyExperts, calls: number, ms: number): Promise<void> {
  let left = calls;
  await new Promise<void>((resolve) => {
    experts.onPaid = () => {
      if (--left === 0) resolve();
    };
  });
  experts.onPaid = undefined;
  await setTimeout(ms);
}

async function underWay(server: PostgresServer, pid: number | undefined): Promise<number> {
  const [{ n }] = await server.query(`SELECT count(*)::integer AS n FROM ${SCHEMA}.attempts a
    JOIN ${SCHEMA}.tasks t ON t.id = a.task JOIN ${SCHEMA}.workers w ON w.id = t.worker
    WHERE a.outcome IS NULL AND w.pid = ${pid}`);
  return n as number;
}

async function accounts(server: PostgresServer, { hung }: FlakyExperts) {
  const lost =
    await server.query(`SELECT stage, sample FROM ${SCHEMA}.attempts a JOIN ${SCHEMA}.tasks t ON t.id = a.task
    WHERE outcome IS NULL OR outcome IN ('lost', 'timeout')`);
  const [{ answers }] = await server.query(`SELECT count(answer)::integer AS answers FROM ${SCHEMA}.tasks`);
  const [{ twice }] = await server.query(`SELECT count(*)::integer AS twice FROM (
    SELECT task FROM ${SCHEMA}.attempts WHERE outcome = 'answered' GROUP BY task HAVING count(*) > 1) t`);
  return {
    unknown: aboutOf(lost as unknown as UnknownRow[], hung),
    answers: answers as number,
    answeredTwice: twice as number,
  };
}

async function wellEnded(children: readonly (ChildProcess | undefined)[]): Promise<void> {
  for (const child of children) {
    if (!child) continue;
    const code = child.exitCode ?? (await ended(child));
    if (code !== 0) throw new Error(`a worker ended with status ${code}`);
  }
}

export async function shareCuration(server: PostgresServer, options: SharedOptions): Promise<SharedReport> {
  const { samples, kills, seed, comesBack } = options;
  const root = await mkdtemp(join(tmpdir(), 'videorft-shared-'));
  await writeWorld(root, makeSamples(samples), ['not a row']);
  const trouble = { seed, share: 0.25, hangMs: 3000 };
  await using steady = await startFlakyExperts(trouble);
  await wellEnded([startCuration(root, join(root, 'alone'), steady.baseURL)]);

  await using experts = await startFlakyExperts(trouble);
  const outs = ['a', 'b'].map((name) => join(root, name));
  const begin = (i: number) => startCuration(root, outs[i], experts.baseURL, server.url(SCHEMA));
  const workers: (ChildProcess | undefined)[] = [begin(0), begin(1)];
  const rng = createRng(seed);
  const calls = Math.max(3, Math.floor((samples * 2.5) / (kills + 1)));
  const inFlight: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    await after(experts, comesBack ? 1 + rng.int(calls) : calls, rng.uniform(0, 8));
    const victim = rng.int(2);
    const child = workers[victim] as ChildProcess;
    if (child.exitCode !== null) throw new Error(`worker ${victim} ended before kill ${kill}`);
    child.kill('SIGKILL');
    await ended(child);
    inFlight.push(await underWay(server, child.pid));
    workers[victim] = comesBack ? begin(victim) : undefined;
  }
  await wellEnded(workers);
  const finished = outs.filter((_, i) => workers[i]);
  return {
    inFlight,
    repeated: repeatedBy(experts),
    ...(await accounts(server, experts)),
    datasets: await Promise.all(finished.map(readDataset)),
    alone: await readDataset(join(root, 'alone')),
  };
}
