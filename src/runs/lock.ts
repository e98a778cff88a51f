// One process at a time per run directory: the operating system's lock on run.lock (through SQLite, which Node brings),
// so that a killed process never leaves a stale one. Leaves out: network file systems without locks.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VideorftError } from '../base/errors.ts';

/** Takes the lock of a run directory; the returned function gives it back. Throws code 'run-locked'. */
export function lockRun(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const database = new DatabaseSync(join(dir, 'run.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new VideorftError('another process is writing this run', {
      code: 'run-locked',
      facts: { run: dir },
      fix: 'wait for it, stop it, or choose another run directory',
      cause,
    });
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
