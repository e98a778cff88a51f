// rollouts/step-000123.jsonl: what the policy wrote at a step, with every part of its reward, one row per completion.
// A step's file is written whole. Leaves out: the row's fields (train/ decides them).
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIfPresent } from '../base/if-present.ts';
import { readJsonl, writeJsonl } from '../base/jsonl.ts';

/** 'step-000123': the name of everything that belongs to a step, in the order of the alphabet. */
export function stepName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** The step of such a name, or undefined. */
export function stepOf(name: string): number | undefined {
  const match = /^step-(\d{6,})(\.jsonl)?$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

export interface Rollouts {
  /** Writes (or replaces) the rows of a step. */
  write(step: number, rows: readonly object[]): Promise<void>;
  /** Rows of a step; empty if it has none. */
  read<T = unknown>(step: number): Promise<T[]>;
  /** Steps that have rollouts, ascending. */
  steps(): Promise<number[]>;
  /** Removes the files of `step` and later; returns how many. */
  dropFrom(step: number): Promise<number>;
}

export function openRollouts(dir: string): Rollouts {
  const fileOf = (step: number) => join(dir, `${stepName(step)}.jsonl`);
  const steps = async () => {
    const names = await namesIfPresent(dir);
    const found = names.filter((name) => name.endsWith('.jsonl')).map(stepOf);
    return found.filter((step) => step !== undefined).sort((a, b) => a - b);
  };
  return {
    steps,
    write: (step, rows) => writeJsonl(fileOf(step), rows),
    read: async <T>(step: number) => ((await steps()).includes(step) ? (await readJsonl<T>(fileOf(step))).rows : []),
    dropFrom: async (step) => {
      const dropped = (await steps()).filter((s) => s >= step);
      for (const s of dropped) await rm(fileOf(s));
      return dropped.length;
    },
  };
}
