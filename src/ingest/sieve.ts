// Second pass: what is wrong with a row, its media or its being there twice goes to rejected.jsonl; the rest to the pool, a file of
// lines "source, held out, seconds, sample". Leaves out: who is drawn from the pool (deal.ts).

import type { LineFile } from '../base/line-file.ts';
import { createProgress } from '../base/progress.ts';
import type { Sample } from '../data/sample.ts';
import { isHeldOut } from '../data/split.ts';
import { toRow } from '../data/write.ts';
import { Seen } from './output/dedupe.ts';
import { byIssues, byMedia, type Rejection, rejectedLine } from './output/rejected.ts';
import type { Tally } from './output/report.ts';
import type { MediaBook } from './probe/book.ts';
import type { MediaFacts } from './probe/look.ts';
import type { Candidate } from './rows/candidates.ts';
import { allCandidates, type Plan } from './survey.ts';

/** A line of the pool. */
export type PoolLine = readonly [source: string, heldOut: boolean, seconds: number | null, row: Sample];

export interface Sieved {
  /** Questions read, and what no row can name. */
  readonly read: number;
  /** Samples in the pool, by source. */
  readonly available: ReadonlyMap<string, number>;
}

export interface SieveTools {
  readonly book: MediaBook;
  readonly tally: Tally;
  readonly questions: number;
}

export async function sieve(plan: Plan, tools: SieveTools, pool: LineFile, rejected: LineFile): Promise<Sieved> {
  const { tally, questions } = tools;
  const bar = plan.progress ? createProgress({ label: 'sorting', total: questions, unit: 'questions' }) : undefined;
  const available = new Map(plan.sources.map(({ name }) => [name, 0]));
  const seen = new Seen();
  let read = await rejectUnnameable(plan, tally, rejected);
  try {
    for await (const candidate of allCandidates(plan)) {
      read++;
      bar?.advance();
      const { name } = candidate.source;
      const found = judge(candidate, plan, tools.book, seen);
      if ('line' in found) {
        await pool.write(JSON.stringify(found.line));
        available.set(name, available.get(name)! + 1);
      } else {
        tally.dropped(name, found.code.startsWith('duplicate') ? 'duplicates' : 'rejected', found.code);
        await rejected.write(rejectedLine(candidate, found));
      }
    }
  } finally {
    bar?.finish();
  }
  return { read, available };
}

function judge(
  candidate: Candidate,
  { config }: Plan,
  book: MediaBook,
  seen: Seen,
): Rejection | { readonly line: PoolLine } {
  const { source, sample, issues, line } = candidate;
  if (!sample) return byIssues(issues);
  const verdict = book.verdict(sample.path);
  if (!verdict?.facts)
    return byMedia(verdict?.problem ?? { code: 'media-unread', reason: `${sample.path} was not looked at` });
  const mismatch = wrongKind(sample, verdict.facts);
  if (mismatch) return mismatch;
  const earlier = config.deduplicate ? seen.earlier(sample, verdict.facts.sha256) : undefined;
  if (earlier) return duplicate(earlier.id, earlier.agrees);
  const problem_id = seen.ownId(sample.problem_id, source.name, line);
  const heldOut = isHeldOut(verdict.facts.sha256, config.heldOut, config.seed);
  const row = toRow({ ...sample, problem_id }) as Sample;
  return { line: [source.name, heldOut, verdict.facts.seconds ?? null, row] };
}

function wrongKind({ data_type, path }: Sample, { kind }: MediaFacts): Rejection | undefined {
  if (data_type === kind) return undefined;
  const [said, is] = [data_type, kind].map((name) => (name === 'image' ? 'a picture' : 'a video'));
  return {
    code: 'media-kind',
    reasons: [`${path}: the row says ${said}, the file is ${is}`],
    fix: 'Correct data_type, or the path.',
  };
}

function duplicate(id: Sample['problem_id'], agrees: boolean): Rejection {
  if (agrees) return { code: 'duplicate', reasons: [`asks what ${id} asks, of the same media`] };
  return {
    code: 'duplicate-other-answer',
    reasons: [`asks what ${id} asks, of the same media, and has another answer`],
    fix: 'Find out which answer is right; the first is kept.',
  };
}

/** Files in folders whose names are no text: no row can name them, so they are told here. */
async function rejectUnnameable({ sources }: Plan, tally: Tally, rejected: LineFile): Promise<number> {
  let count = 0;
  for (const { name, unnameable } of sources) {
    for (const path of unnameable) {
      const reasons = [`the name ${path} is not UTF-8, so no row can name the file`];
      await rejected.write(
        JSON.stringify({ source: name, code: 'media-name', reasons, fix: 'Rename the file.', path }),
      );
      tally.dropped(name, 'rejected', 'media-name');
      count++;
    }
  }
  return count;
}
