// Suites that need a PostgreSQL: one server for each, started before its tests and gone after them; skipped, by name, where there is none to start.
import { beforeAll, describe } from 'vitest';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres.ts';

const programs = await postgresPrograms();

export function describePostgres(body: (server: () => PostgresServer) => void): void {
  describe.skipIf(!programs)(`PostgreSQL${programs ? '' : ' (skipped: no initdb on this machine)'}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres(programs as string);
      return () => server[Symbol.asyncDispose]();
    });
    body(() => server);
  });
}
