// Decisions applied: the rows of a reviewed set are written anew below its review folder, the originals stay as they are. Rows without a decision
// are copied byte for byte. Streams; the files come into place together, then forms and card (published.ts), counts.json last.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { isFile, statIfPresent } from '../../base/if-present.ts';
import { type LineFile, writeLineFiles } from '../../base/line-file.ts';
import { createProgress } from '../../base/progress.ts';
import { lockRun } from '../../runs/lock.ts';
import { ReviewCounter, type ReviewCounts } from './counts.ts';
import { chainHash, type Decision, reviewedRow } from './decision.ts';
import type { ReviewHistory } from './history.ts';
import { writePublished } from './published.ts';
import { type JudgedRow, judgedRows, type RowLine } from './rows.ts';
import { findReviewSet, type ReviewSet } from './set.ts';
import { decisionsFile, readHistory } from './store.ts';

export interface Applied {
  readonly counts: ReviewCounts;
  /** Files that were written. */
  readonly files: readonly string[];
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

type Located = Exclude<JudgedRow, { readonly bin: 'quarantined' }>;

async function megabytesOf({ files, curation }: ReviewSet): Promise<number> {
  const paths = [...Object.values(files), ...(curation ? [curation.pool] : [])];
  const sizes = await Promise.all(paths.map(async (path) => (await statIfPresent(path))?.size ?? 0));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6);
}

/** What holds for a row, now that it is seen again. */
function decisionFor({ key, row }: Located, history: ReviewHistory): Decision | 'stale' | undefined {
  const decided = history.decided.get(key);
  if (!decided) return undefined;
  return decided.chain === chainHash(row) ? decided.decision : 'stale';
}

/** The line of the row under the decision: as it is without one, or one that only confirms. */
function lineOf({ text, row }: RowLine, bin: 'kept' | 'rejected', decision: Decision | undefined): string {
  if (!decision) return text;
  const { rejected, ...rest } = reviewedRow(row, decision);
  const note = decision.note === undefined ? {} : { review_note: decision.note };
  if (decision.verdict === 'accept') return JSON.stringify({ ...rest, ...note });
  return JSON.stringify({ ...rest, rejected: bin === 'rejected' ? rejected : 'reviewer', ...note });
}

const poolLine = (pool: RowLine, { answer }: Decision): string =>
  answer === undefined ? pool.text : JSON.stringify(reviewedRow(pool.row, { verdict: 'accept', answer }));

async function writeRows(
  set: ReviewSet,
  history: ReviewHistory,
  files: LineFile[],
  { signal, progress }: ApplyOptions,
) {
  const [keptFile, rejectedFile, poolFile] = files;
  const counter = new ReviewCounter();
  const written = { kept: 0, rejected: 0, rl: 0 };
  const met = new Set<string>();
  let quarantined = 0;
  const bar = progress ? createProgress({ label: 'apply', total: await megabytesOf(set), unit: 'MB' }) : undefined;
  let bytes = 0;
  for await (const found of judgedRows(set)) {
    signal?.throwIfAborted();
    bytes += found.bytes;
    bar?.set(Math.round(bytes / 1e6));
    if (found.bin === 'quarantined') {
      quarantined++;
      continue;
    }
    const held = decisionFor(found, history);
    const decision = held === 'stale' ? undefined : held;
    if (held) met.add(found.key);
    counter.add(found.bin, held);
    const kept = decision ? decision.verdict === 'accept' : found.bin === 'kept';
    await (kept ? keptFile : rejectedFile).write(lineOf(found, found.bin, decision));
    written[kept ? 'kept' : 'rejected']++;
    if (decision?.verdict === 'discard') continue;
    written.rl++;
    if (found.pool) await poolFile.write(decision ? poolLine(found.pool, decision) : found.pool.text);
  }
  bar?.finish();
  return counter.counts(written, quarantined, history.decided.size - met.size);
}

/** Applies what was decided so far. Throws 'run-locked' while the curation runs, 'review-files', and the signal's reason. */
export async function applyReview(set: ReviewSet, options: ApplyOptions = {}): Promise<Applied> {
  const unlock = set.curation ? lockRun(set.curation.out) : () => undefined;
  try {
    return await applyUnlocked(set, options);
  } finally {
    unlock();
  }
}

async function applyUnlocked(set: ReviewSet, options: ApplyOptions): Promise<Applied> {
  const history = await readHistory(set.folder);
  const names = set.curation ? ['cot', 'rejected', 'rl'] : ['kept', 'rejected'];
  const files = names.map((name) => join(set.folder, `${name}.jsonl`));
  const counts = await writeLineFiles(files, (...opened) => writeRows(set, history, opened, options));
  const countsFile = join(set.folder, 'counts.json');
  // Until forms and card are those of the new rows, the folder is no whole data set.
  await rm(countsFile, { force: true });
  const published = set.curation ? await writePublished(set.curation.out, set.folder, counts, options) : [];
  await writeFileAtomic(countsFile, `${JSON.stringify(counts, null, 2)}\n`);
  return { counts, files: [...files, ...published, countsFile] };
}

/** For a curation that holds its lock and has just written its files: what a reviewer decided is applied to them. Nothing without a review. */
export async function reapplyReview(out: string, options: ApplyOptions = {}): Promise<Applied | undefined> {
  const set = await findReviewSet(out);
  if (!(await isFile(decisionsFile(set.folder)))) return undefined;
  return applyUnlocked(set, options);
}
