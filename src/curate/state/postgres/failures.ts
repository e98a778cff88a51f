// What an error of the PostgreSQL driver means: whether waiting helps, and what to tell who cannot get in. Never shows a password.
import { VideorftError } from '../../../base/errors.ts';

/** Of a server that is stopping, starting, full of connections, a standby for a moment, or that gave way to another transaction. */
const PASSING = /^(08|57P0[123]$|57014$|53300$|25006$|40001$|40P01$)/;
/** By the system: the address stays, and somebody may answer there again. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)/;
/** The driver's own words, which come without a code. */
const DRIVER = /terminated|timeout|connection error|not queryable/i;

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Several addresses of one name were tried: what the last said. */
const innermost = (error: unknown): unknown => (error instanceof AggregateError ? error.errors.at(-1) : error);

/** Whether the same statement may succeed later. */
export function isPassing(thrown: unknown): boolean {
  const error = innermost(thrown);
  const code = codeOf(error);
  if (code !== '') return PASSING.test(code) || NETWORK.test(code);
  return error instanceof Error && DRIVER.test(error.message);
}

const login = 'Set PGPASSWORD, or a line in ~/.pgpass, or put user and password into the address.';

/** Why nobody is let in, by code of the server: message and fix. */
const refusals: Readonly<Record<string, readonly [string, string]>> = {
  '28P01': ['PostgreSQL refuses the password.', login],
  '28000': ['PostgreSQL does not let this user in.', `${login} The server's pg_hba.conf says who may come from where.`],
  '3D000': ['There is no such database.', 'Create it (createdb), or name another in the address.'],
  '42501': [
    'This user may not do that in the database.',
    'Grant it CREATE on the database, or create the schema for it.',
  ],
};

/** What to tell who cannot begin. */
export function notConnected(thrown: unknown, shown: string): VideorftError {
  const error = innermost(thrown);
  const facts = { state: shown };
  // The driver's word for a server that wants a password where there is none.
  const code = messageOf(error).startsWith('SASL') ? '28P01' : codeOf(error);
  const known = refusals[code];
  if (known) return new VideorftError(known[0], { code: 'state-refused', facts, fix: known[1], cause: error });
  if (isPassing(error)) {
    return new VideorftError('The database of the curation cannot be reached.', {
      code: 'state-unreachable',
      facts,
      fix: 'Check host and port, and that PostgreSQL runs there and listens to this machine.',
      cause: error,
    });
  }
  return new VideorftError('The database of the curation cannot be used.', {
    code: 'state-refused',
    facts,
    cause: error,
  });
}
