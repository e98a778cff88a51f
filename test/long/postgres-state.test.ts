// The state of a curation in PostgreSQL: the conformance suite, who cannot get in, and samples shared among workers that come and go.
// Skips where there is no PostgreSQL to start.
import { expect, test } from 'vitest';
import type { Fate } from '../../src/curate/outcome.ts';
import type { Work } from '../../src/curate/shares.ts';
import { type OpenState, openState, readState } from '../../src/curate/state/open.ts';
import { parseAddress } from '../../src/curate/state/postgres/address.ts';
import { connect } from '../../src/curate/state/postgres/connection.ts';
import { openSchema } from '../../src/curate/state/postgres/schema.ts';
import { joinShares } from '../../src/curate/state/postgres/shares.ts';
import { joinState } from '../../src/curate/state/postgres/state.ts';
import { curationStateConformance } from '../conformance/curation-state.ts';
import { failureOf } from '../support/failure.ts';
import { describePostgres } from '../support/postgres-suite.ts';

let schemas = 0;
const open = (state: string, leaseMs = 10_000) => openState({ out: '/nowhere', state }, { leaseMs });
const join = async ({ share }: OpenState, work: Work) => {
  if (!share) throw new Error('it cannot be shared');
  return share(work);
};
const work = (shares: number[][], name = 'same'): Work => ({
  shares,
  samples: shares.flat().length,
  fingerprint: () => name,
});
const fate = (key: string): Fate => ({ keys: { describe: key, reason: key, refine: key } });
const failed: Fate = { stage: 'refine', code: 'llm-failed', reason: 'no "answer"\u0000', facts: { attempts: 6 } };

const totalsOf = (state: string) => readState({ out: '/nowhere', state }, async (known) => known?.totals());

describePostgres((server) => {
  const freshUrl = () => server().url(`s${++schemas}`);

  curationStateConformance('PostgreSQL', async () => {
    const address = parseAddress(freshUrl());
    const clock = { now: 1_000_000 };
    const leaseMs = 10_000;
    const openOne = async () => {
      const database = await connect(address);
      await openSchema(database, address.schema);
      return joinState(database, address.schema, { leaseMs, now: () => clock.now });
    };
    return { clock, leaseMs, open: openOne, async [Symbol.asyncDispose]() {} };
  });

  test('answers come back as they were, whatever is in them', async () => {
    await using opened = await open(freshUrl());
    const { state } = opened;
    const value = { b: 'zero \u0000, lone \ud800, quote "\'\\', a: [1e21, null], '': { z: 1, a: 2 } };
    const claim = await state.claim({ stage: 'refine', key: "k'1", sample: 'ä"\u0000' });
    if (claim.kind !== 'mine') throw new Error(claim.kind);
    const answer = { model: 'm\u0000', promptVersion: 'p', value };
    const usage = { promptTokens: 1, completionTokens: 1 };
    await state.complete(claim.lease, await state.begin(claim.lease), answer, usage);
    const found = await state.answer({ stage: 'refine', key: "k'1" });
    expect(JSON.stringify(found)).toBe(JSON.stringify({ key: "k'1", sample: 'ä"\u0000', ...answer }));
  });

  test('twenty workers that begin together make one schema', async () => {
    const url = freshUrl();
    const all = await Promise.all(Array.from({ length: 20 }, () => open(url)));
    const claims = await Promise.all(all.map(({ state }) => state.claim({ stage: 'reason', key: 'k', sample: 1 })));
    expect(claims.filter(({ kind }) => kind === 'mine')).toHaveLength(1);
    for (const each of all) await each[Symbol.asyncDispose]();
  });

  test('what cannot be used is refused with what to do, and without the password', async () => {
    const refused = async (change: (url: URL) => void) => {
      const url = new URL(freshUrl());
      change(url);
      const failure = await failureOf(open(url.href));
      expect(failure.describe()).not.toMatch(/not-to-be-shown|s3cret/);
      return failure;
    };
    const login = { code: 'state-refused', fix: expect.stringMatching(/PGPASSWORD/) };
    expect(await refused((url) => Object.assign(url, { password: 's3cret' }))).toMatchObject(login);
    expect(await refused((url) => Object.assign(url, { password: '' }))).toMatchObject(login);
    expect(await refused((url) => Object.assign(url, { username: 'nobody' }))).toMatchObject(login);
    const noDatabase = { code: 'state-refused', message: 'There is no such database.' };
    expect(await refused((url) => Object.assign(url, { pathname: '/none' }))).toMatchObject(noDatabase);
    await server().query("CREATE ROLE guest LOGIN PASSWORD 's3cret'");
    const guest = (url: URL) => Object.assign(url, { username: 'guest', password: 's3cret' });
    expect(await refused(guest)).toMatchObject({
      code: 'state-refused',
      fix: expect.stringMatching(/^Grant it CREATE/),
    });
  });

  test('a schema of another version and one with other tables are left alone', async () => {
    const url = freshUrl();
    const schema = `s${schemas}`;
    await (await open(url))[Symbol.asyncDispose]();
    await server().query(`UPDATE ${schema}.curation SET version = 99`);
    const version = { code: 'state-version', facts: { version: 99, expected: 1 } };
    expect(await failureOf(open(url))).toMatchObject(version);
    expect(await failureOf(totalsOf(url))).toMatchObject(version);
    const other = freshUrl();
    await server().query(`CREATE SCHEMA s${schemas} CREATE TABLE tasks (mine text)`);
    expect(await failureOf(open(other))).toMatchObject({ code: 'state-damaged' });
    expect(
      await server().query(`SELECT count(*)::integer AS n FROM pg_tables WHERE schemaname = 's${schemas}'`),
    ).toEqual([{ n: 1 }]);
  });

  test('an estimate makes no tables', async () => {
    const url = freshUrl();
    expect(await totalsOf(url)).toBeUndefined();
    expect(await server().query(`SELECT to_regnamespace('s${schemas}') IS NULL AS none`)).toEqual([{ none: true }]);
  });

  test('every share goes to one worker; a late one has nothing to do, and all know every fate', async () => {
    const url = freshUrl();
    await using first = await open(url);
    await using second = await open(url);
    const plan = work([[0, 2], [1], [3]]);
    const [a, b] = [await join(first, plan), await join(second, plan)];
    const taken = await Promise.all([a.next(), b.next(), a.next()]);
    expect(taken.map((share) => share?.index).sort()).toEqual([0, 1, 2]);
    for (const position of [0, 1, 2]) await a.settle(position, fate(`${position}`));
    await b.settle(3, failed);
    await b.settle(2, failed); // the first stands
    for (const share of taken) if (share) await a.done(share);
    expect(await b.next()).toBeUndefined();
    expect(await a.counts()).toEqual({ settled: 4, quarantined: 1, workers: 2 });
    const fates = [fate('0'), fate('1'), fate('2'), failed];
    expect(await a.fates()).toEqual(fates);
    await using late = await open(url);
    const c = await join(late, plan);
    expect(await c.next()).toBeUndefined();
    expect(await c.fates()).toEqual(fates);
  });

  test("a silent worker's share goes to another, with what is settled of it; one that left gives its back at once", async () => {
    const url = freshUrl();
    const plan = work([[0, 1], [2], [3]]);
    const address = parseAddress(url);
    const database = await connect(address);
    await openSchema(database, address.schema);
    const silent = await joinState(database, address.schema, { leaseMs: 600_000 });
    const a = await joinShares(database, address.schema, silent.worker, plan);
    await a.next();
    await a.settle(1, fate('1'));
    await using leaving = await open(url);
    const b = await join(leaving, plan);
    expect((await b.next())?.index).toBe(1);
    await using staying = await open(url);
    const c = await join(staying, plan);
    expect((await c.next())?.index).toBe(2);
    await server().query(`UPDATE ${address.schema}.workers SET alive_until = 0 WHERE id = '${silent.worker}'`);
    expect(await c.next()).toEqual({ index: 0, settled: new Set([1]) });
    const waiting = c.next();
    await leaving[Symbol.asyncDispose]();
    expect(await waiting).toEqual({ index: 1, settled: new Set() });
    await silent.close();
  });

  test('a finished run is followed by a new one; another dataset waits while others are at work', async () => {
    const url = freshUrl();
    const plan = work([[0], [1]]);
    {
      await using first = await open(url);
      const a = await join(first, plan);
      const share = await a.next();
      await a.settle(0, failed);
      if (share) await a.done(share);
      await using second = await open(url);
      const other = await failureOf(join(second, work([[0]], 'other')));
      expect(other).toMatchObject({ code: 'curate-other-run', facts: { host: expect.any(String) } });
    }
    {
      await using second = await open(url);
      const b = await join(second, plan); // goes on
      expect((await b.next())?.index).toBe(1);
      await b.settle(1, fate('1'));
      await b.done({ index: 1, settled: new Set() });
      expect(await b.next()).toBeUndefined();
    }
    await using third = await open(url);
    const c = await join(third, plan); // what failed has another chance
    expect(await c.counts()).toMatchObject({ settled: 0 });
    expect((await c.next())?.index).toBe(0);
    await third[Symbol.asyncDispose]();
    await using fourth = await open(url);
    await expect(join(fourth, work([[0]], 'other'))).resolves.toBeDefined(); // nobody is left
  });
});
