// The index of a reviewed set, index.sqlite in its review folder: where each row lies and what it can be filtered by. Built once by reading the
// files through, kept until they change; it holds no decision that the log does not hold. Leaves out: asking it (record-index.ts).
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { streamLines } from '../../../base/jsonl.ts';
import { log } from '../../../base/log.ts';
import { createProgress } from '../../../base/progress.ts';
import { type Bin, bins, chainHash, type Row, rowOf, sampleKey, shortHash } from '../../../curate/review/index.ts';
import type { RowFiles } from './row-files.ts';

/** Raised with every change of the tables or of what they hold. */
const VERSION = 1;
const COMMIT_ROWS = 5000;

const tables = `
  CREATE TABLE record (n INTEGER PRIMARY KEY, file TEXT, at INTEGER, length INTEGER, bin TEXT, rule TEXT, skill TEXT, type TEXT, source TEXT,
    decision TEXT, key TEXT, chain TEXT, provenance TEXT) STRICT;
  CREATE TABLE provenance (key TEXT PRIMARY KEY, at INTEGER, length INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE meta (mark TEXT) STRICT;
`;
// Facets are counted from this index alone.
const indexes = `
  CREATE INDEX record_key ON record (key);
  CREATE INDEX record_facets ON record (bin, decision, rule, skill, type, source);
`;

export interface BuildOptions {
  readonly signal?: AbortSignal;
  readonly progress?: boolean;
}

/** The index of these files, from disk where it still fits. `files`: of the bins, and 'provenance'. Rejects with the signal's reason. */
export async function openIndexFile(folder: string, files: RowFiles, options: BuildOptions): Promise<DatabaseSync> {
  const path = join(folder, 'index.sqlite');
  const mark = `${VERSION} ${files.mark}`;
  const kept = openIfFits(path, mark);
  if (kept) return kept;
  const draft = `${path}.new`;
  for (const file of [draft, path, `${path}-wal`, `${path}-shm`]) await rm(file, { force: true });
  const database = new DatabaseSync(draft);
  try {
    database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${tables}`);
    await fill(database, files, options);
    database.exec(indexes);
    database.prepare('INSERT INTO meta VALUES (?)').run(mark);
  } finally {
    database.close();
  }
  await rename(draft, path);
  return live(path);
}

const live = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  return database;
};

function openIfFits(path: string, mark: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = live(path);
    const meta = database.prepare('SELECT mark FROM meta').get() as { mark: string } | undefined;
    if (meta?.mark === mark) return database;
  } catch (error) {
    // Not there, damaged, or of another version: it is made anew in each case.
    log.debug(`${path} is made anew: ${error}`);
  }
  database?.close();
  return undefined;
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Why a row is not kept: the filter's rule, or the code of its quarantine. */
function ruleOf(bin: Bin, row: Row | undefined): string {
  if (bin === 'kept') return '';
  if (!row) return 'data-invalid-row';
  if (bin === 'rejected') return Array.isArray(row.rejected) ? row.rejected.map(word).join(', ') : word(row.rejected);
  return word((row.quarantine as { readonly code?: unknown } | undefined)?.code);
}

const provenanceKey = ({ problem_id, path }: Row): string => shortHash([problem_id, path]);

/** The files' lines with their places; empty ones left out. */
async function* placedLines(path: string) {
  let at = 0;
  for await (const { text, end, whole } of streamLines(path)) {
    const length = end - at - (whole ? 1 : 0);
    if (text.trim() !== '') yield { text, at, length, bytes: end - at };
    at = end;
  }
}

function inserting(database: DatabaseSync) {
  const record = database.prepare(`INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, 'undecided', ?, ?, ?)`);
  const provenance = database.prepare('INSERT OR IGNORE INTO provenance VALUES (?, ?, ?)');
  return {
    record(bin: Bin, at: number, length: number, text: string) {
      const found = rowOf(text);
      const place = found ? bin : 'quarantined';
      const row = found ?? {};
      const [skill, type, source] = [row.skill, row.problem_type, row.data_source].map(word);
      const joined = provenanceKey(row);
      record.run(
        bin,
        at,
        length,
        place,
        ruleOf(place, found),
        skill,
        type,
        source,
        sampleKey(row),
        chainHash(row),
        joined,
      );
    },
    provenance(at: number, length: number, text: string) {
      const row = rowOf(text);
      if (row) provenance.run(provenanceKey(row), at, length);
    },
  };
}

async function fill(database: DatabaseSync, files: RowFiles, { signal, progress }: BuildOptions): Promise<void> {
  const insert = inserting(database);
  const megabytes = Math.ceil(files.bytes / 1e6);
  const bar = progress ? createProgress({ label: 'index', total: megabytes, unit: 'MB' }) : undefined;
  let [rows, bytes] = [0, 0];
  database.exec('BEGIN');
  for (const [name, path] of Object.entries(files.paths)) {
    for await (const line of placedLines(path)) {
      const bin = bins.find((known) => known === name);
      if (bin) insert.record(bin, line.at, line.length, line.text);
      else insert.provenance(line.at, line.length, line.text);
      bytes += line.bytes;
      if (++rows % COMMIT_ROWS !== 0) continue;
      database.exec('COMMIT; BEGIN');
      signal?.throwIfAborted();
      bar?.set(Math.round(bytes / 1e6), `${rows} rows`);
    }
  }
  database.exec('COMMIT');
  bar?.set(megabytes);
  bar?.finish(`${rows} rows`);
}
