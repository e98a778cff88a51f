// The tables of a curation's state in SQLite, and opening the file: a write-ahead log, which commit.ts syncs, and one schema version.
// Leaves out: what is written (sqlite.ts) and when (commit.ts).
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VideorftError } from '../../base/errors.ts';

const VERSION = 1;
/** Somebody who looks into the file may hold it for a moment. */
const BUSY_MS = 5000;

/**
 * A task's `round` counts how often it was given up; `token` is raised by every claim, so that a worker that lost its lease is known.
 * An attempt without an outcome is under way, or lost with its process.
 */
const tables = `
  CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    stage TEXT NOT NULL,
    key TEXT NOT NULL,
    sample TEXT NOT NULL,
    round INTEGER NOT NULL DEFAULT 0,
    token INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    leased_until REAL,
    unfit TEXT,
    model TEXT,
    prompt_version TEXT,
    value TEXT,
    UNIQUE (stage, key)
  ) STRICT;
  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    task INTEGER NOT NULL REFERENCES tasks,
    round INTEGER NOT NULL,
    began REAL NOT NULL,
    ended REAL,
    outcome TEXT,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX attempts_of_task ON attempts (task);
  CREATE INDEX attempts_under_way ON attempts (task) WHERE outcome IS NULL;
  CREATE INDEX leases ON tasks (worker) WHERE worker IS NOT NULL;
  PRAGMA user_version = ${VERSION};
`;

/** Came later than version 1; a program that does not know it does no harm. */
const added = `CREATE TABLE IF NOT EXISTS batches (at INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;`;

/** Opens the file, and makes the tables if they are not there. Throws 'state-damaged' and 'state-version'. */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version === 0) database.exec(`BEGIN; ${tables} COMMIT;`);
    else if (version !== VERSION) throw otherVersion(file, version);
    database.exec(added);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof VideorftError) throw error;
    throw new VideorftError(`Cannot use ${file}.`, {
      code: 'state-damaged',
      facts: { file },
      fix: 'Restore it from a copy; or move it away, and everything is asked again.',
      cause: error,
    });
  }
}

const otherVersion = (file: string, version: number) =>
  new VideorftError(`${file} was written by another version of videorft.`, {
    code: 'state-version',
    facts: { file, version, expected: VERSION },
    fix: 'Use that version, or another output folder.',
  });
