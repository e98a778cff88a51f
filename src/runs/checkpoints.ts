// checkpoints/step-000100/: the state after 100 steps, whatever the callback writes, with a completeness marker last.
// Incomplete ones are reported and never chosen. Leaves out: what is in a checkpoint (train/, models/).
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { incompleteReason, markerName, writeDirectoryComplete } from '../base/atomic.ts';
import { namesIfPresent } from '../base/if-present.ts';
import { stepName, stepOf } from './rollouts.ts';

export interface Checkpoint {
  /** Number of steps done: training goes on with the step of this number. */
  readonly step: number;
  readonly dir: string;
}

export interface IgnoredCheckpoint extends Checkpoint {
  readonly reason: string;
}

export interface Checkpoints {
  /** Writes the checkpoint after `step` steps; `fill` writes its files into the directory it is given. */
  save(step: number, fill: (dir: string) => Promise<void>): Promise<Checkpoint>;
  /** Complete ones ascending by step, and those that must not be used with the reason. */
  list(): Promise<{ complete: Checkpoint[]; ignored: IgnoredCheckpoint[] }>;
  latestComplete(): Promise<{ checkpoint: Checkpoint | undefined; ignored: IgnoredCheckpoint[] }>;
  /** Keeps the newest `keepLast` complete ones; removes older ones, complete or not. Returns the steps removed. */
  prune(keepLast: number): Promise<number[]>;
}

/** Removes a checkpoint, its marker first, so that a half-removed one never looks complete. */
async function remove(dir: string): Promise<void> {
  await rm(join(dir, markerName), { force: true });
  await rm(dir, { recursive: true, force: true });
}

export function openCheckpoints(root: string): Checkpoints {
  const all = async (): Promise<Checkpoint[]> => {
    const names = await namesIfPresent(root);
    const found = names.map((name) => ({ step: stepOf(name), dir: join(root, name) }));
    return found.filter((c): c is Checkpoint => c.step !== undefined).sort((a, b) => a.step - b.step);
  };
  const list = async () => {
    const complete: Checkpoint[] = [];
    const ignored: IgnoredCheckpoint[] = [];
    for (const checkpoint of await all()) {
      const reason = await incompleteReason(checkpoint.dir);
      if (reason === undefined) complete.push(checkpoint);
      else ignored.push({ ...checkpoint, reason });
    }
    return { complete, ignored };
  };
  return {
    list,
    save: async (step, fill) => {
      const dir = join(root, stepName(step));
      await writeDirectoryComplete(dir, fill);
      return { step, dir };
    },
    latestComplete: async () => {
      const { complete, ignored } = await list();
      return { checkpoint: complete.at(-1), ignored };
    },
    prune: async (keepLast) => {
      const { complete } = await list();
      const oldestKept = complete.at(-Math.max(1, keepLast))?.step ?? 0;
      const old = (await all()).filter((c) => c.step < oldestKept);
      for (const { dir } of old) await remove(dir);
      return old.map((c) => c.step);
    },
  };
}
