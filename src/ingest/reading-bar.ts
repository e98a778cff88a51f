// The progress of reading question files, by bytes: how many questions they hold is not known before.
import { stat } from 'node:fs/promises';
import { createProgress } from '../base/progress.ts';
import type { Source } from './sources/source.ts';

export interface ReadingBar {
  /** Bytes of a file that have been read; the files before it are done. */
  at(file: string, bytesRead: number, status: string): void;
  finish(status: string): void;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;

/** Draws on stderr; rejects with the file system's error where a file is not there. */
export async function createReadingBar(sources: readonly Source[]): Promise<ReadingBar> {
  const startOf = new Map<string, number>();
  let total = 0;
  for (const file of sources.flatMap(({ files }) => files)) {
    startOf.set(file, total);
    total += (await stat(file)).size;
  }
  const bar = createProgress({ label: 'reading', total: megabytes(total), unit: 'MB' });
  return {
    at: (file, bytesRead, status) => bar.set(megabytes(startOf.get(file)! + bytesRead), status),
    finish: (status) => {
      bar.set(megabytes(total));
      bar.finish(status);
    },
  };
}
