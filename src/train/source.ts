// What the loops ask of the data side: a sample's prompt with its clip. A sample that cannot be loaded is set aside by id and counted,
// never trained on without its video; past a share of failures the run stops.

import type { Prompt } from '../backends/port.ts';
import { reasonOf, VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';

/** Decodes the sample's media and renders its prompt. Throws a VideorftError naming the file. */
export type LoadPrompt = (sample: Sample) => Promise<Prompt>;

export interface SetAside {
  readonly id: string;
  readonly path: string;
  readonly reason: string;
}

export class SampleGuard {
  readonly setAside: SetAside[] = [];
  private readonly bad = new Set<string>();
  private readonly load: LoadPrompt;
  private readonly limit: number;
  private seen = 0;

  /** `limit`: the share of samples (of at least 20 seen) that may fail before the run stops. */
  constructor(load: LoadPrompt, limit = 0.1) {
    this.load = load;
    this.limit = limit;
  }

  isBad(sample: Sample): boolean {
    return this.bad.has(String(sample.problem_id));
  }

  /** The prompt, or undefined when the sample had to be set aside. */
  async prompt(sample: Sample): Promise<Prompt | undefined> {
    if (this.isBad(sample)) return undefined;
    this.seen++;
    try {
      return await this.load(sample);
    } catch (error) {
      this.reject(sample, error);
      return undefined;
    }
  }

  /** Sets a sample aside for a failure found later (its reward could not be computed). */
  reject(sample: Sample, error: unknown): void {
    if (!(error instanceof VideorftError)) throw error;
    this.bad.add(String(sample.problem_id));
    this.setAside.push({ id: String(sample.problem_id), path: sample.path, reason: reasonOf(error) });
    if (this.seen < 20 || this.setAside.length <= this.limit * this.seen) return;
    throw new VideorftError(`${this.setAside.length} of ${this.seen} samples could not be used; the run stops`, {
      code: 'train-too-many-bad',
      facts: { last: String(sample.problem_id), path: sample.path },
      fix: 'look at the media root and at the reasons above, or raise the limit',
      cause: error,
    });
  }
}
