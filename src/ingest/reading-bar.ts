// The progress of reading question files, by bytes: how many questions they hold is not known before.
import { stat } from 'node:fs/promises';
import { createProgress } from '../base/progress.ts';
import type { Source } from './sources/source.ts';

export interface ReadingBar {
  /** Bytes of a file that have been read; the files before it are done. */
  at(file: string, bytesRead: number, status: string): void;
  /** All of them have been read. */
  done(): void;
  /** Ends the line, whether all have been read or not. */
  finish(status: string): void;
}

/** Draws on stderr; rejects with the file system's error where a file is not there. */
export async function createReadingBar(sources: readonly Source[]): Promise<ReadingBar> {
  const startOf = new Map<string, number>();
  let total = 0;
  for (const file of sources.flatMap(({ files }) => files)) {
    startOf.set(file, total);
    total += (await stat(file)).size;
  }
  const [unit, size] = total < 1e6 ? ['kB', 1e3] : ['MB', 1e6];
  const inUnits = (bytes: number) => Math.round((bytes / size) * 10) / 10;
  const bar = createProgress({ label: 'reading', total: inUnits(total), unit });
  return {
    at: (file, bytesRead, status) => bar.set(inUnits(startOf.get(file)! + bytesRead), status),
    done: () => bar.set(inUnits(total)),
    finish: (status) => bar.finish(status),
  };
}
