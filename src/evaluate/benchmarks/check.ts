// What is missing or corrupt in a benchmark's folder, before anything runs: rows against the published count, media that are not there, and
// media whose headers or frame count cannot be read. Leaves out: decoding every frame.
import { join } from 'node:path';
import { reasonOf } from '../../base/errors.ts';
import { namesIfPresent } from '../../base/if-present.ts';
import { mapPool } from '../../base/pool.ts';
import { decodeImage, framePictures, probe } from '../../media/index.ts';
import type { Question } from '../question.ts';
import type { Benchmark } from './benchmark.ts';
import { type BenchmarkRows, formatRows, isComplete, readBenchmark } from './read.ts';

export interface BenchmarkCheck {
  readonly rows: BenchmarkRows;
  /** Distinct videos or folders of pictures that questions name. */
  readonly media: number;
  readonly corrupt: readonly { readonly path: string; readonly reason: string }[];
  /** Archives in the folder, where media are missing. */
  readonly archives: readonly string[];
  readonly ok: boolean;
}

async function probeFolder(dir: string): Promise<void> {
  const [first] = await framePictures(dir);
  await decodeImage(join(dir, first));
}

/** Why a video or folder cannot be read; undefined where it can. */
async function fault(root: string, { path, frameFps }: Question): Promise<string | undefined> {
  try {
    if (frameFps === undefined) await probe(join(root, path));
    else await probeFolder(join(root, path));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Archives beside a benchmark's rows. Videos are not read inside them. */
export const archivesIn = async (root: string): Promise<string[]> =>
  (await namesIfPresent(root)).filter((name) => /\.(?:zip|tar|tgz|gz)$/.test(name));

/** Errors: as readBenchmark; aborted by the signal. */
export async function checkBenchmark(
  dir: string,
  benchmark: Benchmark,
  options: { readonly onProgress?: (done: number, total: number) => void; readonly signal?: AbortSignal } = {},
): Promise<BenchmarkCheck> {
  const rows = await readBenchmark(dir, benchmark);
  const missing = new Set(rows.missingMedia);
  const byPath = new Map(rows.questions.map((question) => [question.path, question]));
  const there = [...byPath.values()].filter(({ path }) => !missing.has(path));
  let done = 0;
  const faults = await mapPool(there, 2, async (question) => {
    options.signal?.throwIfAborted();
    const reason = await fault(rows.root, question);
    options.onProgress?.(++done, there.length);
    return reason === undefined ? [] : [{ path: question.path, reason }];
  });
  const corrupt = faults.flat();
  const archives = missing.size > 0 ? await archivesIn(rows.root) : [];
  return {
    rows,
    media: byPath.size,
    corrupt,
    archives,
    ok: isComplete(rows) && missing.size === 0 && corrupt.length === 0,
  };
}

const SHOWN = 5;
const listed = (items: readonly string[]): string[] => [
  ...items.slice(0, SHOWN).map((item) => `    ${item}`),
  ...(items.length > SHOWN ? [`    … and ${items.length - SHOWN} more`] : []),
];

/** Lines for people. */
export function formatCheck({ rows, media, corrupt, archives, ok }: BenchmarkCheck): string {
  const { benchmark, form, root, missingFiles, missingMedia, rejected } = rows;
  const there = media - missingMedia.length;
  return [
    `${benchmark.name} (${form}, ${root}): ${ok ? 'complete' : 'not complete'}`,
    `  rows: ${formatRows(rows)}`,
    ...listed(rejected.map(({ file, line, reason }) => `${file}, row ${line}: ${reason}`)),
    ...(missingFiles.length > 0 ? [`  files of rows missing: ${missingFiles.length}`, ...listed(missingFiles)] : []),
    `  videos: ${media} = ${there - corrupt.length} readable + ${corrupt.length} corrupt + ${missingMedia.length} missing`,
    ...listed(corrupt.map(({ path, reason }) => `${path}: ${reason}`)),
    ...listed(missingMedia.map((path) => `${path} is missing`)),
    ...(archives.length > 0 ? [`  not unpacked yet? ${archives.join(', ')}`] : []),
    ...(ok ? [] : [`  ${benchmark.get}`]),
  ].join('\n');
}
