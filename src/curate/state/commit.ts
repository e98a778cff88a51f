// Writes to SQLite in groups: all that is asked for in one turn of the event loop is one transaction. A transaction outlives the process at
// once; to outlive the machine its log must be synced, which takes milliseconds and is done beside the event loop, for those who wait for it.
// After a write that failed nothing more is written: what is on disk then is what had been confirmed, and the run stops.
import { type FileHandle, open } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { VideorftError } from '../../base/errors.ts';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface Commits {
  /**
   * Runs `work` within the next transaction; resolves with its result when that would survive a kill. A VideorftError that it throws,
   * before it has written anything, is its own; any other error is the disk's, and fails the whole group and every later one.
   */
  write<T>(work: () => T): Promise<T>;
  /** Resolves when all that has been written so far would survive a power cut. */
  synced(): Promise<void>;
  /** Resolves when all that was asked for so far is settled. */
  settled(): Promise<void>;
}

/** Brings to disk what has been written to the log. */
export interface LogSync {
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Of the write-ahead log beside a database file. */
export function walSync(file: string): LogSync {
  let handle: Promise<FileHandle> | undefined;
  return {
    async sync() {
      handle ??= open(`${file}-wal`, 'r+');
      await (await handle).datasync();
    },
    async close() {
      // A log that could not be opened has nothing to close; `sync` has thrown that error.
      await (await handle?.catch(() => undefined))?.close();
    },
  };
}

export function createCommits(database: DatabaseSync, file: string, log: LogSync): Commits {
  let waiting: Waiting[] = [];
  let unsynced: PromiseWithResolvers<void>[] = [];
  let broken: VideorftError | undefined;
  let turn: Promise<void> | undefined;
  let syncing: Promise<void> | undefined;

  const breakDown = (cause: unknown) => {
    broken ??= writeFailed(file, cause);
    return broken;
  };
  const syncAll = async () => {
    while (unsynced.length > 0) {
      await new Promise(setImmediate); // who asks in this turn is served too
      const group = unsynced;
      unsynced = [];
      try {
        if (broken) throw broken;
        await log.sync();
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(breakDown(error));
      }
    }
    syncing = undefined;
  };
  const commit = () => {
    const group = waiting;
    waiting = [];
    turn = undefined;
    try {
      if (broken) throw broken;
      for (const done of transaction(database, group)) done();
    } catch (cause) {
      for (const { reject } of group) reject(breakDown(cause));
    }
  };
  const nextTurn = () =>
    new Promise<void>((done) => {
      setImmediate(() => {
        commit();
        done();
      });
    });
  return {
    write<T>(work: () => T) {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        turn ??= nextTurn();
      });
    },
    synced() {
      const waiter = Promise.withResolvers<void>();
      unsynced.push(waiter);
      syncing ??= syncAll();
      return waiter.promise;
    },
    async settled() {
      while (turn || syncing) await (turn ?? syncing);
    },
  };
}

/** One transaction over the group. Returns what tells each its result; throws when the disk fails, and nothing of it is then there. */
function transaction(database: DatabaseSync, group: readonly Waiting[]): (() => void)[] {
  database.exec('BEGIN IMMEDIATE');
  try {
    const settle = group.map(({ work, resolve, reject }) => {
      try {
        const value = work();
        return () => resolve(value);
      } catch (error) {
        if (!(error instanceof VideorftError)) throw error;
        return () => reject(error);
      }
    });
    database.exec('COMMIT');
    return settle;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const writeFailed = (file: string, cause: unknown) =>
  new VideorftError(`Cannot write ${file}.`, {
    code: 'state-write',
    facts: { file },
    fix: 'See to the disk (full? read-only?), then run again: what is stored is not asked again.',
    cause,
  });
