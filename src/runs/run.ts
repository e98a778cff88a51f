// The run directory: config.yaml, metrics.jsonl, rollouts/, checkpoints/. The only writer and reader of that layout.
// Leaves out: loops and reports, which write into it through what is here.
import { join, resolve } from 'node:path';
import { removeTemporaries } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { type Checkpoint, type Checkpoints, type IgnoredCheckpoint, openCheckpoints } from './checkpoints.ts';
import { lockRun } from './lock.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { assertSameConfig, type RunRecord, readRecord, writeRecord } from './record.ts';
import { openRollouts, type Rollouts } from './rollouts.ts';

export interface RunReader {
  readonly dir: string;
  readonly record: RunRecord;
  readonly metrics: Pick<Metrics, 'file' | 'all' | 'since'>;
  readonly rollouts: Pick<Rollouts, 'read' | 'steps'>;
  readonly checkpoints: Pick<Checkpoints, 'list' | 'latestComplete'>;
}

export interface ResumePoint {
  /** The newest complete checkpoint; undefined: start from the beginning. */
  readonly checkpoint: Checkpoint | undefined;
  /** The step to go on with. */
  readonly step: number;
  readonly ignored: readonly IgnoredCheckpoint[];
  /** Rows and files of steps that will be done again, now removed. */
  readonly dropped: { readonly metrics: number; readonly rollouts: number };
}

export interface Run extends RunReader {
  readonly metrics: Metrics;
  readonly rollouts: Rollouts;
  readonly checkpoints: Checkpoints;
  /** Whether the directory had a record before: this process continues it. */
  readonly continued: boolean;
  /** The path of a further file of the run: 'report.html', 'summary.json'. */
  file(name: string): string;
  /** Finds where to go on and removes what lies beyond, so that a resumed run ends like an uninterrupted one. */
  resume(): Promise<ResumePoint>;
  /** Gives the directory back; a killed process does so by ending. */
  close(): void;
}

export interface OpenOptions {
  /** Dotted configuration keys that may differ from the first start: those that do not change the result. */
  readonly mayChange?: readonly string[];
}

const recordFile = (dir: string) => join(dir, 'config.yaml');

function parts(dir: string) {
  return {
    metrics: openMetrics(join(dir, 'metrics.jsonl')),
    rollouts: openRollouts(join(dir, 'rollouts')),
    checkpoints: openCheckpoints(join(dir, 'checkpoints')),
  };
}

/**
 * Starts a run in a directory, or continues the one that is there, as its only writer. Throws code 'run-locked' while
 * another process writes it, and 'run-config-changed' if it was started with another configuration.
 */
export async function openRun(path: string, record: RunRecord, { mayChange = [] }: OpenOptions = {}): Promise<Run> {
  const dir = resolve(path);
  const unlock = lockRun(dir);
  try {
    await removeTemporaries(dir);
    const first = await readRecord(recordFile(dir));
    if (first) assertSameConfig(dir, first, record, mayChange);
    else await writeRecord(recordFile(dir), record);
    const { metrics, rollouts, checkpoints } = parts(dir);
    return {
      dir,
      record: first ?? record,
      metrics,
      rollouts,
      checkpoints,
      continued: first !== undefined,
      file: (name) => join(dir, name),
      resume: async () => {
        const { checkpoint, ignored } = await checkpoints.latestComplete();
        const step = checkpoint?.step ?? 0;
        const dropped = { metrics: await metrics.dropFrom(step), rollouts: await rollouts.dropFrom(step) };
        return { checkpoint, step, ignored, dropped };
      },
      close: unlock,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Opens a run for reading, also while it is being written. Throws code 'run-missing' if there is none. */
export async function readRun(path: string): Promise<RunReader> {
  const dir = resolve(path);
  const record = await readRecord(recordFile(dir));
  if (record) return { dir, record, ...parts(dir) };
  throw new VideorftError('there is no run in this directory', {
    code: 'run-missing',
    facts: { run: dir },
    fix: 'name a directory that holds a config.yaml',
  });
}
