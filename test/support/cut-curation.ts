// A small curation on PostgreSQL behind a proxy that cuts its connection at one message, for many messages in turn: whatever was done and not told,
// or told and not done, it ends with the same files and with every answer asked for once.
import { expect } from 'vitest';
import type { CurateFixture } from './curate-fixture.ts';
import { readDataset } from './curate-kills.ts';
import { askedInAll, fakeExperts } from './curate-world.ts';
import { type Cut, startCutProxy } from './cut-proxy.ts';
import type { PostgresServer } from './postgres.ts';

/** Of two samples, which the fixture holds. */
const CALLS = 5;

/** Messages of the run; 0 where it could not begin, which is not tried again: who starts it wants to be told. */
async function curateCut(server: PostgresServer, world: CurateFixture, cut: Cut): Promise<number> {
  await using proxy = await startCutProxy(server.port, cut);
  const models = fakeExperts();
  const schema = `cut_${cut.late ? 'after' : 'before'}_${cut.at}`;
  const config = world.config({ out: world.at('cut'), state: server.url(schema, proxy.port) });
  const failure = await world.run(models, {}, config).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure) {
    expect(failure).toMatchObject({ code: 'state-unreachable' });
    return 0;
  }
  expect(askedInAll(models)).toBe(CALLS);
  const answered = new Array(CALLS).fill({ outcome: 'answered' });
  expect(await server.query(`SELECT outcome FROM ${schema}.attempts`)).toEqual(answered);
  return proxy.messages();
}

/** Cuts every `every`-th message of a run, one in each run; returns how many runs went on as if nothing had been. */
export async function cutEach(
  server: PostgresServer,
  world: CurateFixture,
  { late, every }: { readonly late: boolean; readonly every: number },
): Promise<number> {
  await world.run(fakeExperts(), {}, world.config({ out: world.at('alone') }));
  const whole = await readDataset(world.at('alone'));
  const messages = await curateCut(server, world, { at: 0, late });
  let survived = 0;
  for (let at = 1; at <= messages; at += every) {
    if ((await curateCut(server, world, { at, late })) === 0) continue;
    expect({ at, files: await readDataset(world.at('cut')) }).toEqual({ at, files: whole });
    survived++;
  }
  // Only the first exchanges of a connection are not repeated.
  expect(survived).toBeGreaterThanOrEqual(Math.ceil(messages / every) - 5);
  return survived;
}
