// decisions.jsonl: the log of a review, append-only, one writer at a time (a lock of the operating system), each line on disk before it counts.
// A line that a killed process left half is cut off. Leaves out: what the events mean (history.ts).
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { appendJsonl, streamJsonl } from '../../base/jsonl.ts';
import { lockRun } from '../../runs/lock.ts';
import { chainHash, type Decision, sampleKey } from './decision.ts';
import { eventSchema, type ReviewEvent, ReviewHistory } from './history.ts';

export const decisionsFile = (folder: string): string => join(folder, 'decisions.jsonl');

/** Reads what was decided so far; nothing where there is no log. Throws 'jsonl-parse' and 'review-log', both with the place. */
export async function readHistory(folder: string): Promise<ReviewHistory> {
  const history = new ReviewHistory();
  const file = decisionsFile(folder);
  if (!(await statIfPresent(file))) return history;
  for await (const { value, line } of streamJsonl(file, { parse: (row) => eventSchema.parse(row) })) {
    try {
      history.add(value);
    } catch (error) {
      if (!(error instanceof VideorftError)) throw error;
      const facts = { file, line, ...error.facts };
      throw new VideorftError(error.message, { code: error.code, facts, fix: error.fix });
    }
  }
  return history;
}

type Unnumbered = ReviewEvent extends infer E ? (E extends ReviewEvent ? Omit<E, 'n' | 'at' | 'by'> : never) : never;

export interface ReviewStoreOptions {
  /** Who decides, for the log. */
  readonly by?: string;
  readonly now?: () => Date;
  readonly append?: typeof appendJsonl;
}

/** The review that this process writes. Dispose of it to let others. */
export class ReviewStore implements Disposable {
  readonly history: ReviewHistory;
  readonly #file: string;
  readonly #options: ReviewStoreOptions;
  readonly #unlock: () => void;
  #writing: Promise<unknown> = Promise.resolve();
  #failed: VideorftError | undefined;

  private constructor(file: string, history: ReviewHistory, unlock: () => void, options: ReviewStoreOptions) {
    this.#file = file;
    this.history = history;
    this.#unlock = unlock;
    this.#options = options;
  }

  /** Throws 'review-locked' while another process has it, and as readHistory. */
  static async open(folder: string, options: ReviewStoreOptions = {}): Promise<ReviewStore> {
    const unlock = lockReview(folder);
    try {
      return new ReviewStore(decisionsFile(folder), await readHistory(folder), unlock, options);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Decides about a row, null takes it back; resolves when it is on disk. Throws 'review-write', and zod's error for what is no decision. */
  decide(row: Readonly<Record<string, unknown>>, decision: Decision | null): Promise<string> {
    const problem_id = row.problem_id as string | number;
    return this.#write(() => ({
      do: 'decide',
      sample: sampleKey(row),
      problem_id,
      chain: chainHash(row),
      decision,
    }));
  }

  /** Takes the last decision back; undefined where there is none. Resolves to the sample's key. */
  undo(): Promise<string | undefined> {
    return this.#write(() => this.history.undoable && { do: 'undo', of: this.history.undoable.n });
  }

  redo(): Promise<string | undefined> {
    return this.#write(() => this.history.redoable && { do: 'redo', of: this.history.redoable.n });
  }

  /** One after the other: an event is made when those before it hold. */
  #write<E extends Unnumbered | undefined>(make: () => E): Promise<E extends undefined ? undefined : string> {
    const written = this.#writing.then(async () => {
      if (this.#failed) throw this.#failed;
      const made = make();
      if (made === undefined) return undefined;
      const { now = () => new Date(), by } = this.#options;
      // What the log could not be read with must not get into it.
      const event = eventSchema.parse({ n: this.history.length + 1, at: now().toISOString(), by, ...made });
      await this.#append(event);
      return this.history.add(event);
    });
    // Who asked hears of the failure; this is only what the next one waits for.
    this.#writing = written.catch(() => undefined);
    return written as Promise<E extends undefined ? undefined : string>;
  }

  async #append(event: ReviewEvent): Promise<void> {
    try {
      await (this.#options.append ?? appendJsonl)(this.#file, event);
    } catch (cause) {
      // The line may or may not be there: only reading the file again can tell.
      this.#failed = new VideorftError('A decision could not be stored.', {
        code: 'review-write',
        facts: { file: this.#file },
        fix: 'Check the disk, and start the review again.',
        cause,
      });
      throw this.#failed;
    }
  }

  [Symbol.dispose](): void {
    this.#unlock();
  }
}

function lockReview(folder: string): () => void {
  try {
    return lockRun(folder);
  } catch (error) {
    if (!(error instanceof VideorftError) || error.code !== 'run-locked') throw error;
    throw new VideorftError('Another process reviews these data.', {
      code: 'review-locked',
      facts: { folder },
      fix: 'Use the page that is open already, or end the other process.',
      cause: error,
    });
  }
}
