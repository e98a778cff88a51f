// The samples of one run, shared out among workers by PostgreSQL: FOR UPDATE SKIP LOCKED gives each the next media file that nobody holds,
// for as long as it is alive. A run of the same samples and settings is joined while it lasts; afterwards a new one begins.
import { randomUUID } from 'node:crypto';
import { VideorftError } from '../../../base/errors.ts';
import { sleep } from '../../../base/limit.ts';
import type { Fate } from '../../outcome.ts';
import { complete, type Share, type ShareCounts, type Shares, type Work } from '../../shares.ts';
import type { Database, Query } from './connection.ts';
import { lockSchema } from './schema.ts';

/** How often those who have nothing to do look whether others have died or are done. */
const LOOK_MS = 1000;
const NOW = 'extract(epoch FROM clock_timestamp())::float8 * 1000';

interface Round {
  readonly id: number;
  readonly fingerprint: string;
  readonly open: boolean;
  /** Host of another worker that is alive in it. */
  readonly other: string | null;
}

function statementsOf(schema: string) {
  const [workers, rounds, shares, outcomes] = ['workers', 'rounds', 'shares', 'outcomes'].map(
    (table) => `"${schema}".${table}`,
  );
  return {
    /** $1 this worker. */
    last: `SELECT id, fingerprint, (SELECT count(*) FROM ${outcomes} WHERE round = r.id) < samples AS open,
      (SELECT max(host) FROM ${workers} WHERE round = r.id AND alive_until > ${NOW} AND id <> $1) AS other
      FROM ${rounds} r ORDER BY id DESC LIMIT 1`,
    add: `INSERT INTO ${rounds} (id, fingerprint, samples) VALUES ($1, $2, $3)`,
    fill: `INSERT INTO ${shares} (round, share) SELECT $1, generate_series(0, $2::integer - 1)`,
    /** Who still writes the files of the one before is not disturbed. */
    forget: `DELETE FROM ${rounds} WHERE id < $1 - 1`,
    join: `UPDATE ${workers} SET round = $2 WHERE id = $1`,
    /** $1 round, $2 worker, $3 claim. */
    next: `WITH again AS (
        SELECT share FROM ${shares} WHERE round = $1 AND worker = $2 AND claim = $3
      ), free AS (
        SELECT share FROM ${shares} s WHERE round = $1 AND NOT done AND NOT EXISTS (SELECT FROM again)
          AND (worker IS NULL OR NOT EXISTS (SELECT FROM ${workers} w WHERE w.id = s.worker AND w.alive_until > ${NOW}))
        ORDER BY share LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      UPDATE ${shares} SET worker = $2, claim = $3
      WHERE round = $1 AND share IN (SELECT share FROM again UNION ALL SELECT share FROM free) RETURNING share`,
    left: `SELECT EXISTS (SELECT FROM ${shares} WHERE round = $1 AND NOT done) AS left`,
    known: `SELECT position FROM ${outcomes} WHERE round = $1 AND position = ANY($2::integer[])`,
    settle: `INSERT INTO ${outcomes} (round, position, quarantined, outcome) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    done: `UPDATE ${shares} SET done = true, worker = NULL WHERE round = $1 AND share = $2`,
    counts: `SELECT count(*)::integer AS settled, (count(*) FILTER (WHERE quarantined))::integer AS quarantined,
      (SELECT count(*)::integer FROM ${workers} WHERE round = $1 AND alive_until > ${NOW}) AS workers
      FROM ${outcomes} WHERE round = $1`,
    fates: `SELECT position, outcome FROM ${outcomes} WHERE round = $1`,
  };
}

type Statements = ReturnType<typeof statementsOf>;

/** The run to work on: the last, if it is the same and not over, or others are still there to finish it; else a new one. */
async function enter(query: Query, statements: Statements, worker: string, work: Work, shown: string): Promise<number> {
  const fingerprint = work.fingerprint();
  const [last] = await query<Round>(statements.last, [worker]);
  const isSame = last?.fingerprint === fingerprint;
  if (last?.open && !isSame && last.other !== null) throw otherRun(last.other, shown);
  if (isSame && (last.open || last.other !== null)) return last.id;
  const id = (last?.id ?? 0) + 1;
  await query(statements.add, [id, fingerprint, work.samples]);
  await query(statements.fill, [id, work.shares.length]);
  await query(statements.forget, [id]);
  return id;
}

/** Joins the run. Throws 'curate-other-run' while workers that are alive make another dataset here. */
export async function joinShares(database: Database, schema: string, worker: string, work: Work): Promise<Shares> {
  const statements = statementsOf(schema);
  const round = await database.transaction(async (query) => {
    await lockSchema(query, schema);
    const id = await enter(query, statements, worker, work, database.shown);
    await query(statements.join, [worker, id]);
    return id;
  });
  const { query } = database;

  const take = async (signal?: AbortSignal): Promise<Share | undefined> => {
    for (;;) {
      signal?.throwIfAborted();
      const [taken] = await query<{ share: number }>(statements.next, [round, worker, randomUUID()]);
      if (taken) {
        const rows = await query<{ position: number }>(statements.known, [round, work.shares[taken.share]]);
        return { index: taken.share, settled: new Set(rows.map(({ position }) => position)) };
      }
      const [{ left }] = await query<{ left: boolean }>(statements.left, [round]);
      if (!left) return undefined;
      await sleep(LOOK_MS, signal);
    }
  };
  // One asks at a time: when there is nothing, all wait for the same.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    next(signal) {
      const taking = turn.then(() => take(signal));
      // Whoever took gets the error; the next one asks for itself.
      turn = taking.catch(() => undefined);
      return taking;
    },
    async settle(position, fate) {
      await query(statements.settle, [round, position, !('keys' in fate), JSON.stringify(fate)]);
    },
    async done({ index }) {
      await query(statements.done, [round, index]);
    },
    async counts() {
      const [counts] = await query<ShareCounts>(statements.counts, [round]);
      return counts;
    },
    async fates() {
      const fates: (Fate | undefined)[] = new Array(work.samples).fill(undefined);
      const rows = await query<{ position: number; outcome: string }>(statements.fates, [round]);
      for (const { position, outcome } of rows) fates[position] = JSON.parse(outcome);
      return complete(fates);
    },
  };
}

const otherRun = (host: string, shown: string) =>
  new VideorftError(
    'Others are at work on another dataset in the same schema: other samples, experts, frames or filter.',
    {
      code: 'curate-other-run',
      facts: { state: shown, host },
      fix: 'Give all workers the same samples and settings, wait for the others, or use another schema (?schema=name in the address).',
    },
  );
