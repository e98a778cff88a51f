// Which state a run has, by its configuration: a SQLite file beside the output, or a PostgreSQL that workers share; and the signs of life
// while it is open.
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { localShares, type Shares, type Work } from '../shares.ts';
import type { CurationState, TaskId } from './port.ts';
import { isPostgres, parseAddress } from './postgres/address.ts';
import { type ConnectOptions, connect } from './postgres/connection.ts';
import { hasTables, openSchema } from './postgres/schema.ts';
import { joinShares } from './postgres/shares.ts';
import { joinState } from './postgres/state.ts';
import { createReads, recordOf } from './postgres/totals.ts';
import { openSqliteState } from './sqlite.ts';

const LEASE_MS = 60_000;

/** Keeps the leases of a state alive until it is disposed of, which closes it. */
export interface OpenState extends AsyncDisposable {
  readonly state: CurationState;
  /** Joins the work; in one process alone if left out. */
  readonly share?: (work: Work) => Promise<Shares>;
}

export interface OpenOptions extends ConnectOptions {
  readonly leaseMs?: number;
}

interface Where {
  readonly out: string;
  readonly state: string;
}

/** Whether several workers may work on it, each with files of its own. */
export const isShared = ({ state }: Where): boolean => isPostgres(state);

/** Opens what `state` names; for SQLite, the run's lock is held already. Throws 'curate-state' for what is neither. */
export async function openState(where: Where, options: OpenOptions = {}): Promise<OpenState> {
  if (isShared(where)) return openPostgres(where.state, options);
  if (where.state !== 'sqlite') throw unknown(where.state);
  const state = await openSqliteState(join(where.out, 'state.sqlite'), { leaseMs: LEASE_MS, alone: true });
  return beating(state, LEASE_MS, async (work) => localShares(work));
}

async function openPostgres(address: string, { leaseMs = LEASE_MS, ...options }: OpenOptions): Promise<OpenState> {
  const { schema, ...rest } = parseAddress(address);
  const database = await connect({ schema, ...rest }, options);
  try {
    await openSchema(database, schema);
    const state = await joinState(database, schema, { leaseMs });
    return beating(state, leaseMs, (work) => joinShares(database, schema, state.worker, work));
  } catch (error) {
    await database.close();
    throw error;
  }
}

function beating(state: CurationState, leaseMs: number, share: OpenState['share']): OpenState {
  // After a beat that failed every write rejects with its error: whoever has something to store is told; who has not, lost nothing.
  const beat = setInterval(() => void state.heartbeat().catch(() => undefined), leaseMs / 3);
  beat.unref();
  return {
    state,
    share,
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await state.close();
    },
  };
}

/** What may be read of a state without taking part in the run. */
export type Known = Pick<CurationState, 'answer' | 'totals'>;

/** Reads what earlier runs have stored, nothing being made or changed; `known` is undefined where no run was. */
export async function readState<T>(where: Where, read: (known: Known | undefined) => Promise<T>): Promise<T> {
  if (isShared(where)) return readPostgres(where.state, read);
  if (where.state !== 'sqlite') throw unknown(where.state);
  const file = join(where.out, 'state.sqlite');
  if (!(await statIfPresent(file))) return read(undefined);
  const state = await openSqliteState(file);
  try {
    return await read(state);
  } finally {
    await state.close();
  }
}

async function readPostgres<T>(address: string, read: (known: Known | undefined) => Promise<T>): Promise<T> {
  const { schema, ...rest } = parseAddress(address);
  const { query, close } = await connect({ schema, ...rest }, { patienceMs: 0 });
  try {
    if (!(await hasTables(query, schema, rest.shown))) return await read(undefined);
    const { answer, totals } = createReads(query, schema);
    return await read({
      async answer<A>(task: TaskId) {
        const row = await answer(task);
        return row && recordOf<A>(row);
      },
      totals,
    });
  } finally {
    await close();
  }
}

const unknown = (state: string): VideorftError =>
  new VideorftError('There is no such state.', {
    code: 'curate-state',
    facts: { state: state.replace(/\/\/[^@/]*@/, '//…@') },
    fix: 'Leave state out (answers are then kept in state.sqlite in the output folder), or give postgres://user@host/database.',
  });
