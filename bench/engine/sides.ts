// Both sides of a measurement as fresh processes, so that each one's peak memory belongs to one piece of work; and a folder for what
// they open, removed afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mallocEnv } from '../../src/base/malloc.ts';
import { Child } from '../harness/child.ts';
import { peerPython } from '../harness/peer-python.ts';

/** How to start a process of one side. */
export type Start = () => Child;

export interface Starts {
  readonly ours: Start;
  readonly peer: Start;
}

export interface Sides {
  readonly ours: Child;
  readonly peer: Child;
}

/** The engine in Node, started as the program starts itself, and PyTorch in the Python of peers/engine.txt; both with `threads` threads. */
export function engineStarts(threads: number): Starts {
  const python = peerPython('engine');
  const script = join(import.meta.dirname, '../peers/engine.py');
  const count = String(threads);
  const env = { OMP_NUM_THREADS: count, MKL_NUM_THREADS: count, TRANSFORMERS_VERBOSITY: 'error', HF_HUB_OFFLINE: '1' };
  return {
    ours: () => new Child('our side', process.execPath, [join(import.meta.dirname, 'worker.ts')], mallocEnv),
    peer: () => new Child('the peer', python, [script], env),
  };
}

/** Starts both, runs `work`, ends both. */
export async function withSides<T>(starts: Starts, work: (sides: Sides) => Promise<T>): Promise<T> {
  const sides = { ours: starts.ours(), peer: starts.peer() };
  try {
    return await work(sides);
  } finally {
    await Promise.all([sides.ours.close(), sides.peer.close()]);
  }
}

export async function withFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'videorft-bench-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
