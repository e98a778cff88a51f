// What the loops ask of the data side: a sample's prompt with its clip. A sample that cannot be loaded is set aside by id and counted,
// never trained on without its video; past a share of failures the run stops.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Prompt } from '../backends/port.ts';
import { reasonOf, VideorftError } from '../base/errors.ts';
import { readTextIfPresent } from '../base/if-present.ts';
import type { Sample } from '../data/sample.ts';

/** Decodes the sample's media and renders its prompt. Throws a VideorftError naming the file. */
export type LoadPrompt = (sample: Sample) => Promise<Prompt>;

export interface SetAside {
  readonly id: string;
  readonly path: string;
  readonly reason: string;
}

/** What a guard has seen; part of a checkpoint, since a sample that is set aside once stays so for the rest of the run. */
export interface GuardState {
  readonly seen: number;
  readonly setAside: readonly SetAside[];
}

const GUARD_FILE = 'set-aside.json';

/** The guard's state in a checkpoint; undefined where there is none. */
export async function readGuard(dir: string): Promise<GuardState | undefined> {
  const text = await readTextIfPresent(join(dir, GUARD_FILE));
  return text === undefined ? undefined : (JSON.parse(text) as GuardState);
}

export class SampleGuard {
  readonly setAside: SetAside[];
  private readonly bad: Set<string>;
  private readonly load: LoadPrompt;
  private readonly limit: number;
  private seen: number;

  /** `limit`: the share of samples (of at least 20 seen) that may fail before the run stops. */
  constructor(load: LoadPrompt, { seen = 0, setAside = [] }: Partial<GuardState> = {}, limit = 0.1) {
    this.load = load;
    this.limit = limit;
    this.seen = seen;
    this.setAside = [...setAside];
    this.bad = new Set(setAside.map((s) => s.id));
  }

  /** Adds the state to a checkpoint's folder. */
  async save(dir: string): Promise<void> {
    const state: GuardState = { seen: this.seen, setAside: this.setAside };
    await writeFile(join(dir, GUARD_FILE), `${JSON.stringify(state, null, 1)}\n`);
  }

  isBad(sample: Sample): boolean {
    return this.bad.has(String(sample.problem_id));
  }

  /** The prompt, or undefined when the sample had to be set aside. Errors: train-too-many-bad. */
  async prompt(sample: Sample): Promise<Prompt | undefined> {
    if (this.isBad(sample)) return undefined;
    this.seen++;
    const prompt = await this.load(sample).catch((error: unknown) => this.reject(sample, error));
    this.check();
    return prompt ?? undefined;
  }

  /** Sets a sample aside for a failure, of loading or found later (its reward could not be computed). */
  reject(sample: Sample, error: unknown): void {
    if (!(error instanceof VideorftError)) throw error;
    this.bad.add(String(sample.problem_id));
    this.setAside.push({ id: String(sample.problem_id), path: sample.path, reason: reasonOf(error) });
    this.check(error);
  }

  /** Also where nothing fails: the failures of the first few samples count once 20 have been seen. */
  private check(cause?: unknown): void {
    if (this.seen < 20 || this.setAside.length <= this.limit * this.seen) return;
    const last = this.setAside[this.setAside.length - 1];
    throw new VideorftError(`${this.setAside.length} of ${this.seen} samples could not be used; the run stops`, {
      code: 'train-too-many-bad',
      facts: { last: last.id, path: last.path, reason: last.reason },
      fix: 'look at the media root and at the reasons above, or raise the limit',
      cause,
    });
  }
}
