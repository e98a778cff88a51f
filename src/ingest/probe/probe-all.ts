// Every media file that rows name: there, decodable, known by its content. What was found out before stays found out.
import { availableParallelism } from 'node:os';
import { posix, relative } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { mapPool } from '../../base/pool.ts';
import { createProgress } from '../../base/progress.ts';
import { mediaPath } from '../../data/media-root.ts';
import type { ProbeConfig } from '../config.ts';
import type { Source } from '../sources/source.ts';
import type { Plan, Survey } from '../survey.ts';
import { MediaBook, type MediaVerdict } from './book.ts';
import type { LookSettings } from './look.ts';
import { ProbePool } from './pool.ts';

const MOST_PROCESSES = 8;

const settingsOf = ({ depth, timeout, maxPixels, maxSeconds }: ProbeConfig): LookSettings => ({
  depth,
  timeoutMs: timeout * 1000,
  maxPixels,
  maxSeconds,
});

/** Fills the book with a verdict for each file. Rejects with the signal's reason; what is known by then is kept. */
export async function probeAll(plan: Plan, { media }: Survey, bookFile: string): Promise<MediaBook> {
  const { config, signal } = plan;
  const settings = settingsOf(config.probe);
  const book = await MediaBook.open(bookFile, settings);
  const paths = [...media.keys()];
  const processes = config.probe.processes ?? Math.min(MOST_PROCESSES, availableParallelism());
  const bar = plan.progress ? createProgress({ label: 'media', total: paths.length, unit: 'files' }) : undefined;
  const pool = new ProbePool();
  let bad = 0;
  const probe = async (path: string): Promise<void> => {
    await ensureVerdict(path, media.get(path)!, { book, pool, settings, mediaRoot: config.mediaRoot, signal });
    if (book.verdict(path)?.problem) bad++;
    bar?.advance(1, bad > 0 ? `${bad} unusable` : undefined);
  };
  try {
    await mapPool(paths, processes, probe, { signal });
  } finally {
    bar?.finish();
    await pool.close();
  }
  return book;
}

interface Tools {
  readonly book: MediaBook;
  readonly pool: ProbePool;
  readonly settings: LookSettings;
  readonly mediaRoot: string;
  readonly signal: AbortSignal | undefined;
}

async function ensureVerdict(
  path: string,
  source: Source,
  { book, pool, settings, mediaRoot, signal }: Tools,
): Promise<void> {
  let identity: string | undefined;
  let verdict: MediaVerdict;
  try {
    const file = mediaPath(mediaRoot, { problem_id: '', path });
    await source.fetcher?.fetch(relative(source.below, path).replaceAll('\\', posix.sep), signal);
    identity = await book.identify(file);
    if (book.known(path, identity)) return;
    verdict = { facts: await pool.look({ file, settings }) };
  } catch (error) {
    signal?.throwIfAborted();
    // What concerns the Hub as a whole ends the run; what concerns a file is the file's.
    if (!(error instanceof VideorftError) || error.code.startsWith('hub-')) throw error;
    verdict = { problem: { code: error.code, reason: error.message, fix: error.fix } };
  }
  await book.add(path, identity, verdict);
}
