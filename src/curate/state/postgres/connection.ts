// Statements to a PostgreSQL that may go away and come back. Every statement is one transaction, or a short list of them, and is sent again until
// the server has answered, for as long as there is patience: callers see to it that what was done and not told is not done twice.
// Leaves out: what is said (state.ts, shares.ts) and the tables (schema.ts).
import { setTimeout } from 'node:timers/promises';
import type { Pool, PoolConfig } from 'pg';
import { VideorftError } from '../../../base/errors.ts';
import { log } from '../../../base/log.ts';
import { formatDuration } from '../../../base/progress.ts';
import { backoffMs } from '../../../llm/retry.ts';
import type { PostgresAddress } from './address.ts';
import { isPassing, notConnected } from './failures.ts';

export type Query = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface Database {
  readonly shown: string;
  query: Query;
  /** All or nothing; `work` may run several times. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Ends what is under way and closes; nothing is sent again from now on. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** How long the server may be away before the run stops. */
  readonly patienceMs?: number;
  /** Once it aborts, nobody waits for the server. */
  readonly signal?: AbortSignal;
}

const BACKOFF = { baseDelayMs: 100, maxDelayMs: 5000 };
const settings: PoolConfig = {
  application_name: 'videorft curate',
  max: 8,
  connectionTimeoutMillis: 10_000,
  // A server that says nothing for so long is behind a dead network.
  query_timeout: 120_000,
  keepAlive: true,
};

/** Connects. Throws 'state-unreachable' or 'state-refused' at once where that fails; once connected, the server is waited for. */
export async function connect(
  { connectionString, shown }: PostgresAddress,
  { patienceMs = 600_000, signal }: ConnectOptions = {},
): Promise<Database> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ ...settings, connectionString });
  // A connection that breaks while nobody uses it is replaced by the next statement.
  pool.on('error', () => undefined);
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw notConnected(error, shown);
  }
  const persist = persistence(shown, patienceMs, signal);
  return {
    shown,
    query: <Row>(text: string, values: readonly unknown[] = []) =>
      persist.run(async () => (await pool.query(text, [...values])).rows as Row[]),
    transaction: (work) => persist.run(() => inTransaction(pool, work)),
    async close() {
      persist.stop();
      if (!pool.ending) await pool.end();
    },
  };
}

async function inTransaction<T>(pool: Pool, work: (query: Query) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: unknown;
  // Heard by the statement under way too; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.query('BEGIN');
    const result = await work(async <Row>(text: string, values: readonly unknown[] = []) => {
      return (await client.query(text, [...values])).rows as Row[];
    });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // A connection in doubt is closed, which ends its transaction.
    client.release(failure !== undefined);
  }
}

/** Runs until it succeeds; what cannot succeed, or not in time, fails all that follows as well (`state-write`). */
function persistence(shown: string, patienceMs: number, signal: AbortSignal | undefined) {
  let awaySince: number | undefined;
  let broken: VideorftError | undefined;
  let stopped = false;
  const isOver = (since: number) => stopped || signal?.aborted || Date.now() - since > patienceMs;
  const wait = async (failures: number) => {
    const ms = backoffMs(failures, BACKOFF, Math.random());
    // An abort ends the waiting; the loop sees to the rest.
    await setTimeout(ms, undefined, { signal }).catch(() => undefined);
  };
  return {
    stop() {
      stopped = true;
    },
    async run<T>(work: () => Promise<T>): Promise<T> {
      for (let failures = 1; ; failures++) {
        if (broken) throw broken;
        if (stopped) throw new Error(`the connection to ${shown} is closed`);
        try {
          const result = await work();
          if (awaySince !== undefined) log.info(`${shown} answers again`);
          awaySince = undefined;
          return result;
        } catch (error) {
          if (error instanceof VideorftError) throw error;
          if (awaySince === undefined && isPassing(error)) {
            awaySince = Date.now();
            log.warn(`${shown} does not answer (${(error as Error).message}): waiting for it`);
          }
          if (!isPassing(error) || isOver(awaySince as number)) {
            broken ??= writeFailed(shown, awaySince, error);
            throw broken;
          }
        }
        await wait(failures);
      }
    },
  };
}

function writeFailed(shown: string, awaySince: number | undefined, cause: unknown): VideorftError {
  const gone = awaySince === undefined ? undefined : formatDuration((Date.now() - awaySince) / 1000);
  return new VideorftError(
    gone ? `The database of the curation has not answered for ${gone}.` : 'The database of the curation failed.',
    {
      code: 'state-write',
      facts: { state: shown },
      fix: 'See to the server (down? disk full?), then run again: what is stored is not asked again.',
      cause,
    },
  );
}
