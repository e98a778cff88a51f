// Where a shared state is: the address of a PostgreSQL database and the schema in it, and how both are shown, which is without the password.
import { VideorftError } from '../../../base/errors.ts';

export interface PostgresAddress {
  /** For the driver; may hold a password. */
  readonly connectionString: string;
  /** One curation's tables; `?schema=` of the address. */
  readonly schema: string;
  /** The address as errors, records and logs may show it. */
  readonly shown: string;
}

export const isPostgres = (state: string): boolean => /^postgres(ql)?:/.test(state);

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;

/** Throws 'curate-state' for an address that cannot be read; never shows it, as a password may be in it. */
export function parseAddress(state: string): PostgresAddress {
  if (!URL.canParse(state)) {
    throw new VideorftError('The address of the database cannot be read.', {
      code: 'curate-state',
      fix: 'Write it as postgres://user@host:5432/database?schema=name, with special characters of a password as %40, or leave the password to PGPASSWORD or ~/.pgpass.',
    });
  }
  const url = new URL(state);
  const schema = url.searchParams.get('schema') ?? 'videorft';
  if (!SCHEMA.test(schema)) {
    throw new VideorftError('The schema of a curation must be a plain name.', {
      code: 'curate-state',
      facts: { schema },
      fix: 'Use small letters, digits and underscores, at most 63.',
    });
  }
  url.searchParams.delete('schema');
  const connectionString = url.href;
  url.password = '';
  for (const name of ['password', 'schema']) url.searchParams.delete(name);
  url.searchParams.set('schema', schema);
  return { connectionString, schema, shown: url.href };
}

/** The setting `state` as it may be written into a record. */
export const shownState = (state: string): string => (isPostgres(state) ? parseAddress(state).shown : state);
