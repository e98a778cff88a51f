// Files that rows go into while they stream: opened when the first one comes, put in place together. Leaves out: which forms there are
// (forms.ts), and what a row looks like (messages.ts, columns.ts).
import { rm } from 'node:fs/promises';
import { type AtomicFile, openAtomic } from '../../base/atomic.ts';
import type { Sample } from '../../data/sample.ts';
import { toLine } from '../../data/write.ts';
import { createParquetSink, type ParquetColumn } from '../../data/write-parquet.ts';

export interface Sink<T> {
  write(items: readonly T[]): Promise<void>;
  /** Puts the file in its place. One of an earlier run goes, where nothing was written and `always` was not said. */
  commit(): Promise<void>;
  /** Removes what was written; nothing after `commit`. */
  discard(): Promise<void>;
}

export type SampleSink = Sink<Sample>;

/** Puts what `fill` writes into the sink in its place, or nothing of it. */
export async function filled<T>(sink: Sink<T>, fill: () => Promise<void>): Promise<void> {
  try {
    await fill();
    await sink.commit();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** A file that is made when it is first written to. */
function lazyFile(path: string) {
  let file: AtomicFile | undefined;
  const open = async () => {
    file ??= await openAtomic(path);
    return file;
  };
  return { open, opened: () => file };
}

export interface LineOptions {
  /** Whether the file is there even when it is empty. */
  readonly always?: boolean;
}

/** One JSON line for each item that `rowOf` makes a row of. */
export function lineSink<T>(
  path: string,
  rowOf: (item: T) => object | undefined,
  { always = false }: LineOptions = {},
): Sink<T> {
  const { open, opened } = lazyFile(path);
  return {
    async write(items) {
      const rows = items.map(rowOf).filter((row) => row !== undefined);
      if (rows.length > 0) await (await open()).write(rows.map((row) => `${toLine(row)}\n`).join(''));
    },
    async commit() {
      if (always) await open();
      await (opened()?.commit() ?? rm(path, { force: true }));
    },
    discard: async () => opened()?.discard(),
  };
}

/** A Parquet file; there even when it is empty. */
export function parquetSink<T>(
  path: string,
  columns: readonly ParquetColumn[],
  rowOf: (item: T) => Readonly<Record<string, unknown>>,
): Sink<T> {
  const { open, opened } = lazyFile(path);
  let sink: ReturnType<typeof createParquetSink> | undefined;
  const started = async () => {
    sink ??= createParquetSink(await open(), columns);
    return sink;
  };
  return {
    write: async (items) => (await started()).write(items.map(rowOf)),
    async commit() {
      await (await started()).finish();
      await opened()?.commit();
    },
    discard: async () => opened()?.discard(),
  };
}

/** Several at once: each gets every item. */
export function allSinks<T>(sinks: readonly Sink<T>[]): Sink<T> {
  return {
    async write(items) {
      for (const sink of sinks) await sink.write(items);
    },
    async commit() {
      for (const sink of sinks) await sink.commit();
    },
    async discard() {
      for (const sink of sinks) await sink.discard();
    },
  };
}
