// What is missing or corrupt in a benchmark's folder, before anything runs: rows against the published count, media that are not there, and
// media whose headers or frame count cannot be read; of media in zips, the archive's directory and their first bytes. Leaves out: decoding every
// frame, and unpacking anything.
import { join } from 'node:path';
import { reasonOf } from '../../base/errors.ts';
import { mapPool } from '../../base/pool.ts';
import { type OpenArchivesOptions, type Packed, packedName } from '../../data/archives/index.ts';
import { decodeImage, framePictures, kindOfBytes, probe } from '../../media/index.ts';
import type { Question } from '../question.ts';
import type { Benchmark } from './benchmark.ts';
import { type BenchmarkRows, formatRows, isComplete, readBenchmark } from './read.ts';

export interface BenchmarkCheck {
  readonly rows: BenchmarkRows;
  /** Distinct videos or folders of pictures that questions name. */
  readonly media: number;
  readonly corrupt: readonly { readonly path: string; readonly reason: string }[];
  /** Of the media, in zips. */
  readonly packed: number;
  /** Archives that cannot be read, or are of kinds that are not, where media are missing. */
  readonly unread: readonly { readonly archive: string; readonly reason: string }[];
  readonly ok: boolean;
}

async function probeFolder(dir: string): Promise<void> {
  const [first] = await framePictures(dir);
  await decodeImage(join(dir, first));
}

/** Bytes that tell what a file is, before anything of it is decoded. */
async function headFault(packed: Packed): Promise<string | undefined> {
  const { zip, isFolder, entries, fault } = packed;
  if (fault !== undefined) return `${packedName(packed)}: ${fault}`;
  const expected = isFolder ? 'image' : 'video';
  const kind = kindOfBytes((await zip.head(entries[0])).subarray(0, 512));
  return kind === expected ? undefined : `${packedName(packed)}: its first bytes are no ${expected}'s (${kind})`;
}

/** Why a video or folder cannot be read; undefined where it can. */
async function fault({ root, packed }: BenchmarkRows, { path, frameFps }: Question): Promise<string | undefined> {
  const inside = packed.get(path);
  try {
    if (inside) return await headFault(inside);
    if (frameFps === undefined) await probe(join(root, path));
    else await probeFolder(join(root, path));
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

export interface CheckOptions {
  readonly onProgress?: (done: number, total: number) => void;
  /** Entries of archives that were read so far, and of which archive. */
  readonly onArchive?: OpenArchivesOptions['onProgress'];
  readonly signal?: AbortSignal;
}

/** Errors: as readBenchmark; aborted by the signal. */
export async function checkBenchmark(
  dir: string,
  benchmark: Benchmark,
  { onProgress, onArchive, signal }: CheckOptions = {},
): Promise<BenchmarkCheck> {
  const rows = await readBenchmark(dir, benchmark, { onProgress: onArchive, signal });
  const missing = new Set(rows.missingMedia);
  const byPath = new Map(rows.questions.map((question) => [question.path, question]));
  const there = [...byPath.values()].filter(({ path }) => !missing.has(path));
  let done = 0;
  try {
    const faults = await mapPool(there, 2, async (question) => {
      signal?.throwIfAborted();
      const reason = await fault(rows, question);
      onProgress?.(++done, there.length);
      return reason === undefined ? [] : [{ path: question.path, reason }];
    });
    const corrupt = faults.flat();
    return {
      rows,
      media: byPath.size,
      packed: rows.packed.size,
      corrupt,
      unread: missing.size > 0 ? (rows.archives?.unread ?? []) : [],
      ok: isComplete(rows) && missing.size === 0 && corrupt.length === 0,
    };
  } finally {
    rows.archives?.close();
  }
}

const SHOWN = 5;
const listed = (items: readonly string[]): string[] => [
  ...items.slice(0, SHOWN).map((item) => `    ${item}`),
  ...(items.length > SHOWN ? [`    … and ${items.length - SHOWN} more`] : []),
];

/** Lines for people. */
export function formatCheck({ rows, media, packed, corrupt, unread, ok }: BenchmarkCheck): string {
  const { benchmark, form, root, missingFiles, missingMedia, rejected } = rows;
  const there = media - missingMedia.length;
  const zips = rows.archives?.count ?? 0;
  const inside = packed > 0 ? `, ${packed} of them in ${zips} ${zips === 1 ? 'zip' : 'zips'}` : '';
  return [
    `${benchmark.name} (${form}, ${root}): ${ok ? 'complete' : 'not complete'}`,
    `  rows: ${formatRows(rows)}`,
    ...listed(rejected.map(({ file, line, reason }) => `${file}, row ${line}: ${reason}`)),
    ...(missingFiles.length > 0 ? [`  files of rows missing: ${missingFiles.length}`, ...listed(missingFiles)] : []),
    `  videos: ${media} = ${there - corrupt.length} readable + ${corrupt.length} corrupt + ${missingMedia.length} missing${inside}`,
    ...listed(corrupt.map(({ path, reason }) => `${path}: ${reason}`)),
    ...listed(missingMedia.map((path) => `${path} is missing`)),
    ...(unread.length > 0 ? [`  archives not read: ${unread.length}`] : []),
    ...listed(unread.map(({ archive, reason }) => `${archive}: ${reason}`)),
    ...(ok ? [] : [`  ${benchmark.get}`]),
  ].join('\n');
}
