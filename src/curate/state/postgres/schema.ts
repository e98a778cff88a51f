// The tables of a shared curation in one schema of a PostgreSQL database, made by whoever comes first. Leaves out: what is written there.
import { VideorftError } from '../../../base/errors.ts';
import type { Database, Query } from './connection.ts';
import { isPassing, notConnected } from './failures.ts';

const VERSION = 1;

/**
 * Tasks and attempts are SQLite's (schema.ts beside this folder). A lease lasts as long as its worker is alive, by the database's clock, so a
 * sign of life is one row. `claim` and `op` name the call that wrote a row: repeated after a broken connection, it finds its own work.
 * A round is one run that workers share: its samples in shares, one for each media file, and an outcome per sample. Texts of JSON stay as they were written.
 */
const tables = `
  CREATE TABLE curation (version integer NOT NULL);
  CREATE TABLE workers (
    id text PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    round integer,
    alive_until float8 NOT NULL
  );
  CREATE TABLE tasks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage text NOT NULL,
    key text NOT NULL,
    sample text NOT NULL,
    round integer NOT NULL DEFAULT 0,
    token integer NOT NULL DEFAULT 1,
    worker text,
    claim uuid,
    unfit text,
    answer text,
    UNIQUE (stage, key)
  );
  CREATE INDEX tasks_of_worker ON tasks (worker) WHERE worker IS NOT NULL;
  CREATE TABLE attempts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    op uuid NOT NULL UNIQUE,
    task integer NOT NULL REFERENCES tasks,
    round integer NOT NULL,
    began float8 NOT NULL,
    ended float8,
    outcome text,
    prompt_tokens integer NOT NULL DEFAULT 0,
    completion_tokens integer NOT NULL DEFAULT 0
  );
  CREATE INDEX attempts_of_task ON attempts (task);
  CREATE TABLE rounds (
    id integer PRIMARY KEY,
    fingerprint text NOT NULL,
    samples integer NOT NULL
  );
  CREATE TABLE shares (
    round integer NOT NULL REFERENCES rounds ON DELETE CASCADE,
    share integer NOT NULL,
    worker text,
    claim uuid,
    done boolean NOT NULL DEFAULT false,
    PRIMARY KEY (round, share)
  );
  CREATE INDEX shares_left ON shares (round, share) WHERE NOT done;
  CREATE INDEX shares_of_worker ON shares (worker) WHERE worker IS NOT NULL;
  CREATE TABLE outcomes (
    round integer NOT NULL REFERENCES rounds ON DELETE CASCADE,
    position integer NOT NULL,
    quarantined boolean NOT NULL,
    outcome text NOT NULL,
    PRIMARY KEY (round, position)
  );
  CREATE TABLE batches (
    at integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    record text NOT NULL
  );
  INSERT INTO curation VALUES (${VERSION});
`;

/** Workers that come at the same time make the tables one after the other. */
export const lockSchema = (query: Query, schema: string): Promise<unknown> =>
  query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`videorft ${schema}`]);

const exists = async (query: Query, what: 'to_regnamespace' | 'to_regclass', name: string): Promise<boolean> => {
  const [{ found }] = await query<{ found: boolean }>(`SELECT ${what}($1) IS NOT NULL AS found`, [name]);
  return found;
};

/** Whether a curation has its tables there. Throws 'state-version'. */
export async function hasTables(query: Query, schema: string, shown: string): Promise<boolean> {
  if (!(await exists(query, 'to_regclass', `"${schema}".curation`))) return false;
  const [{ version }] = await query<{ version: number }>(`SELECT version FROM "${schema}".curation`);
  if (version === VERSION) return true;
  throw new VideorftError(`The curation in ${shown} was written by another version of videorft.`, {
    code: 'state-version',
    facts: { state: shown, version, expected: VERSION },
    fix: 'Use that version, or another schema (?schema=name in the address).',
  });
}

/** Makes what is missing. Throws 'state-version', 'state-refused', and 'state-damaged' where the schema holds other tables. */
export async function openSchema({ shown, transaction }: Database, schema: string): Promise<void> {
  await transaction(async (query) => {
    await lockSchema(query, schema);
    if (await hasTables(query, schema, shown)) return;
    try {
      if (!(await exists(query, 'to_regnamespace', `"${schema}"`))) await query(`CREATE SCHEMA "${schema}"`);
      await query(`SET LOCAL search_path TO "${schema}"`);
      await query(tables);
    } catch (error) {
      if (isPassing(error)) throw error;
      if ((error as { code?: unknown }).code !== '42P07') throw notConnected(error, shown);
      throw new VideorftError('The schema holds tables that are none of a curation.', {
        code: 'state-damaged',
        facts: { state: shown },
        fix: 'Use another schema (?schema=name in the address).',
        cause: error,
      });
    }
  });
}
