// Writes to SQLite in groups: all that is asked for in one turn of the event loop is one transaction, and so one sync of the disk.
// After a write that failed nothing more is written: what is on disk then is what had been confirmed, and the run stops.
import type { DatabaseSync } from 'node:sqlite';
import { VideorftError } from '../../base/errors.ts';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface Commits {
  /**
   * Runs `work` within the next transaction; resolves with its result when that is on disk. A VideorftError that it throws, before it
   * has written anything, is its own; any other error is the disk's, and fails the whole group and every later one.
   */
  write<T>(work: () => T): Promise<T>;
  /** Resolves when all that was asked for so far is settled. */
  settled(): Promise<void>;
}

export function createCommits(database: DatabaseSync, file: string): Commits {
  let waiting: Waiting[] = [];
  let broken: VideorftError | undefined;
  let turn: Promise<void> | undefined;

  const commit = () => {
    const group = waiting;
    waiting = [];
    turn = undefined;
    if (broken) return group.forEach(({ reject }) => void reject(broken));
    try {
      const settle = transaction(database, group);
      for (const done of settle) done();
    } catch (cause) {
      broken = writeFailed(file, cause);
      for (const { reject } of group) reject(broken);
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
    async settled() {
      while (turn) await turn;
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
