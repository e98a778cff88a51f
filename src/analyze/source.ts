// A data set on disk → its files, and their records one by one with progress: a file in any form that data/records.ts reads, or the folder of a
// curation, whose rejected samples and paper trail belong to it. Leaves out: what records mean (entry.ts).
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { createProgress } from '../base/progress.ts';
import { type RawRecord, readRecords } from '../data/records.ts';

export interface Source {
  /** As it is called on the page. */
  readonly name: string;
  readonly file: string;
  /** provenance.jsonl of the curation that made it. */
  readonly provenance: string | undefined;
}

/** In a folder: the chains, else the questions. */
const inFolder = ['cot.jsonl', 'train.jsonl', 'rl.jsonl'];

/** Throws `analyze-nothing` for a path that holds no data set. */
export async function findSource(path: string): Promise<Source> {
  const found = await statIfPresent(path);
  if (found?.isFile()) return sourceOf(path, basename(path));
  for (const name of found?.isDirectory() ? inFolder : []) {
    const file = join(path, name);
    if ((await statIfPresent(file))?.isFile()) return sourceOf(file, `${basename(resolve(path))}/${name}`);
  }
  throw new VideorftError(`There is no data set at ${path}.`, {
    code: 'analyze-nothing',
    facts: { path },
    fix: `Give a file (.json, .jsonl, .csv, .tsv, .parquet; .gz is fine), or a folder with ${inFolder.join(' or ')}.`,
  });
}

/** The paper trail is of the data set beside it, not of any other file in that folder. */
async function sourceOf(file: string, name: string): Promise<Source> {
  const folder = basename(file) === 'cot.parquet' ? dirname(dirname(file)) : dirname(file);
  const isCurated = /^cot\.(jsonl|parquet)$/.test(basename(file));
  const provenance = join(folder, 'provenance.jsonl');
  const there = isCurated && (await statIfPresent(provenance))?.isFile();
  return { name, file, provenance: there ? provenance : undefined };
}

export interface ReadingOptions {
  readonly label: string;
  readonly signal?: AbortSignal;
  readonly progress?: boolean;
}

/** Looks up from its work so often. */
const PAUSE = 500;

/** The records of a file. Rejects with the signal's reason, and as `readRecords`. */
export async function* readWithProgress(file: string, { label, signal, progress }: ReadingOptions) {
  const size = (await stat(file)).size;
  const [unit, scale] = size < 1e6 ? ['kB', 1e3] : ['MB', 1e6];
  const inUnits = (bytes: number) => Math.round((bytes / scale) * 10) / 10;
  const bar = progress ? createProgress({ label, total: inUnits(size), unit }) : undefined;
  let bytes = 0;
  let records = 0;
  try {
    for await (const record of readRecords(file, (read) => {
      bytes = read;
    })) {
      yield record satisfies RawRecord;
      if (++records % PAUSE !== 0) continue;
      signal?.throwIfAborted();
      bar?.set(inUnits(bytes), `${records.toLocaleString('en-US')} records`);
    }
    bar?.set(inUnits(size));
  } finally {
    bar?.finish(`${records.toLocaleString('en-US')} records`);
  }
}
