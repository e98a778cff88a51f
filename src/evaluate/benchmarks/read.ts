// A benchmark's folder → its questions, with every row accounted for: total = questions + left out + rejected, held against the published
// count; and where their media are, in the folder or in its zips. Leaves out: whether videos can be decoded (check.ts).
import { join } from 'node:path';
import { reasonOf, VideorftError } from '../../base/errors.ts';
import { sha256File } from '../../base/hash.ts';
import { isFile } from '../../base/if-present.ts';
import { mapPool } from '../../base/pool.ts';
import { Archives, type OpenArchivesOptions, type Packed } from '../../data/archives/index.ts';
import { sampleSchema, type TableRow } from '../../data/index.ts';
import { readRecords } from '../../data/records.ts';
import type { Question } from '../question.ts';
import type { Benchmark, Found } from './benchmark.ts';
import { type Form, type Located, locate, mediaPlace, packedPlace } from './places.ts';

export interface BenchmarkRows {
  readonly benchmark: Benchmark;
  readonly form: Form;
  /** The folder that paths start from. */
  readonly root: string;
  readonly files: readonly { readonly file: string; readonly sha256: string; readonly rows: number }[];
  readonly missingFiles: readonly string[];
  readonly questions: readonly Question[];
  /** Not asked, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly rejected: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
  readonly total: number;
  readonly expected: number | null;
  /** The folder's zips; absent where nothing is missing outside of them. */
  readonly archives?: Archives;
  /** By path of questions: media that are in a zip. */
  readonly packed: ReadonlyMap<string, Packed>;
  /** Paths of questions whose media are at none of their places, in no zip either. */
  readonly missingMedia: readonly string[];
}

const unreadable = (file: string, line: number, reason: string) =>
  new VideorftError(`${file}:${line} cannot be read: ${reason}`, {
    code: 'data-unreadable',
    facts: { file, line },
    fix: 'download the file again',
  });

/** Throws 'benchmark-missing' where the folder has no file of the benchmark's rows. */
async function locateOrThrow(dir: string, benchmark: Benchmark): Promise<Located> {
  const found = await locate(dir, benchmark);
  if (found) return found;
  const looked = [...benchmark.official.files, ...benchmark.preprocessed.files].map(([place]) => place);
  throw new VideorftError(`there are no rows of ${benchmark.name} in ${dir}`, {
    code: 'benchmark-missing',
    facts: { folder: dir, looked: looked.slice(0, 4).join(', '), hub: benchmark.hub },
    fix: benchmark.get,
  });
}

interface Collected {
  readonly found: Found[];
  readonly leftOut: Record<string, number>;
  readonly rejected: { file: string; line: number; reason: string }[];
  readonly counts: number[];
}

async function collect({ root, files, form }: Located, benchmark: Benchmark): Promise<Collected> {
  const into: Collected = { found: [], leftOut: {}, rejected: [], counts: [] };
  for (const file of files) {
    let count = 0;
    for await (const { line: lineInFile, value, broken } of readRecords(join(root, file))) {
      const line = ++count; // a row's number is its place, however many lines of the file it takes
      if (broken !== undefined) throw unreadable(join(root, file), lineInFile, broken);
      try {
        const read = benchmark[form].read(value as TableRow, { file, line });
        if ('leftOut' in read) into.leftOut[read.leftOut] = (into.leftOut[read.leftOut] ?? 0) + 1;
        else into.found.push({ ...read, question: sampleSchema.parse(read.question) as Question });
      } catch (error) {
        into.rejected.push({ file, line, reason: reasonOf(error) });
      }
    }
    into.counts.push(count);
  }
  return into;
}

type Media = Pick<BenchmarkRows, 'archives' | 'packed' | 'missingMedia'> & { readonly paths: readonly string[] };

/** Where each row's media are. Zips are looked into where something is missing outside of them. */
async function findMedia(root: string, found: readonly Found[], options: OpenArchivesOptions): Promise<Media> {
  const places = await mapPool(found, 16, (row) => mediaPlace(root, row));
  const subtitles = [...new Set(found.flatMap(({ question }) => question.subtitleFile ?? []))];
  const spoken = await mapPool(subtitles, 16, (file) => isFile(join(root, file)));
  const isAllThere = !places.includes(undefined) && !spoken.includes(false);
  const archives = isAllThere ? undefined : await Archives.open(root, options);
  const packed = new Map<string, Packed>();
  const missing = new Set<string>();
  const paths = found.map((row, i) => {
    if (places[i] !== undefined) return places[i];
    const inside = archives && packedPlace(archives, row);
    if (inside) packed.set(inside.place, inside.packed);
    else missing.add(row.question.path);
    return inside?.place ?? row.question.path;
  });
  return { archives, packed, missingMedia: [...missing], paths };
}

/** Reads all rows and finds their media. Throws 'benchmark-missing', 'data-unreadable', the signal's reason. */
export async function readBenchmark(
  dir: string,
  benchmark: Benchmark,
  options: OpenArchivesOptions = {},
): Promise<BenchmarkRows> {
  const located = await locateOrThrow(dir, benchmark);
  const { root, form, files, missing } = located;
  const { found, leftOut, rejected, counts } = await collect(located, benchmark);
  const { paths, ...media } = await findMedia(root, found, { ...options, skip: benchmark.otherZips });
  const hashes = await mapPool(files, 4, (file) => sha256File(join(root, file)));
  return {
    benchmark,
    form,
    root,
    files: files.map((file, i) => ({ file, sha256: hashes[i], rows: counts[i] })),
    missingFiles: missing,
    questions: found.map(({ question }, i) => ({ ...question, path: paths[i] })),
    leftOut,
    rejected,
    total: counts.reduce((a, b) => a + b, 0),
    expected: benchmark[form].rows,
    ...media,
  };
}

/** "validation.json: 1000 rows of 1000 = 625 questions + 375 left out (open-ended …) + 0 rejected". */
export function formatRows({ files, total, expected, questions, leftOut, rejected }: BenchmarkRows): string {
  const out = Object.entries(leftOut);
  const reasons = out.length > 0 ? ` (${out.map(([reason, n]) => `${n} ${reason}`).join('; ')})` : '';
  const left = out.reduce((sum, [, n]) => sum + n, 0);
  const named = files.length > 3 ? `${files.length} files` : files.map(({ file }) => file).join(', ');
  const of = expected === null ? '' : ` of ${expected}`;
  return `${named}: ${total} rows${of} = ${questions.length} questions + ${left} left out${reasons} + ${rejected.length} rejected`;
}

/** Whether every published row is there and could be read. */
export const isComplete = ({ total, expected, rejected, missingFiles }: BenchmarkRows): boolean =>
  missingFiles.length === 0 && rejected.length === 0 && (expected === null || total === expected);

/** Throws 'benchmark-rows' unless every published row is there and could be read. */
export function refusePartial(rows: BenchmarkRows): void {
  if (isComplete(rows)) return;
  const { benchmark, rejected, missingFiles } = rows;
  const [first] = rejected;
  throw new VideorftError(`${benchmark.name} is not complete: ${formatRows(rows)}`, {
    code: 'benchmark-rows',
    facts: {
      missing: missingFiles.join(', ') || undefined,
      rejected: first && `${first.file}, row ${first.line}: ${first.reason}`,
    },
    fix: 'download what is missing, or give --partial to score what is there; the result then says so',
  });
}
