// What the experts have answered, by content hash, durable: one JSON-lines file per stage, each row on disk before anything
// builds on it. Only whole, checked answers are stored; a failure is asked again by the next run.
// Leaves out: sharing one folder between processes; all answers of a run are held in memory.
import { sha256 } from '../base/hash.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** One stored answer and how it came about. */
export interface StageRecord<T> {
  readonly key: string;
  /** Sample that asked first; other samples with the same key share the answer. */
  readonly sample: string | number;
  readonly model: string;
  readonly promptVersion: string;
  readonly usage: Usage;
  /** Conversations turns paid for: 1, or 2 when the first reply did not fit and was asked again. */
  readonly asks: number;
  /** HTTP attempts over all asks. */
  readonly attempts: number;
  readonly value: T;
}

export interface StageStore<T> {
  /** Answers stored before this process. */
  readonly earlier: number;
  get(key: string): StageRecord<T> | undefined;
  /**
   * The stored answer, or the one that `ask` gets and hands to `save`, which resolves when it is on disk. Concurrent calls
   * with one key ask once.
   */
  once(key: string, ask: (save: Save<T>) => Promise<StageRecord<T>>): Promise<StageRecord<T>>;
}

/** Makes an answer durable. */
export type Save<T> = (answer: Omit<StageRecord<T>, 'key'>) => Promise<StageRecord<T>>;

/** SHA-256 of everything the answer depends on; the order of the parts' keys matters. */
export const contentKey = (parts: Readonly<Record<string, unknown>>): string => sha256(JSON.stringify(parts));

export async function openStageStore<T>(file: string): Promise<StageStore<T>> {
  const known = new Map<string, StageRecord<T>>();
  for (const row of await rowsIfPresent<StageRecord<T>>(file)) if (!known.has(row.key)) known.set(row.key, row);
  const underWay = new Map<string, Promise<StageRecord<T>>>();
  const saveAs =
    (key: string): Save<T> =>
    async (answer) => {
      const record: StageRecord<T> = { key, ...answer };
      await appendJsonl(file, record, { fsync: true });
      known.set(key, record);
      return record;
    };
  return {
    earlier: known.size,
    get: (key) => known.get(key),
    once(key, ask) {
      const stored = known.get(key);
      if (stored) return Promise.resolve(stored);
      const running = underWay.get(key);
      if (running) return running;
      const started = ask(saveAs(key)).finally(() => underWay.delete(key));
      underWay.set(key, started);
      return started;
    },
  };
}
