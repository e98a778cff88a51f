// The SQLite state: the conformance suite, what a killed process leaves, and files that cannot be used.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { curationStateConformance } from '../../../test/conformance/curation-state.ts';
import { openState } from './open.ts';
import { openSqliteState } from './sqlite.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'videorft-state-'));
  file = join(dir, 'state.sqlite');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

curationStateConformance('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'videorft-state-'));
  const clock = { now: 1_000_000 };
  const leaseMs = 10_000;
  return {
    clock,
    leaseMs,
    open: () => openSqliteState(join(folder, 'state.sqlite'), { leaseMs, now: () => clock.now }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});

test('who is alone takes back at once what a killed process held; its attempts are lost, not forgotten', async () => {
  const task = { stage: 'refine', key: 'k', sample: 'a' } as const;
  const killed = await openSqliteState(file);
  const claim = await killed.claim(task);
  if (claim.kind !== 'mine') throw new Error(claim.kind);
  await killed.begin(claim.lease);
  const next = await openSqliteState(file, { alone: true });
  expect((await next.claim(task)).kind).toBe('mine');
  expect((await next.totals()).refine.outcomes).toEqual({ lost: 1 });
  await Promise.all([killed.close(), next.close()]);
});

test('it keeps a write-ahead log; writes do not wait for its sync, and a sync serves all who asked before it began', async () => {
  const syncs: PromiseWithResolvers<void>[] = [];
  const log = () => ({
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
    close: async () => undefined,
  });
  const state = await openSqliteState(file, { log });
  const database = new DatabaseSync(file);
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
  const told: string[] = [];
  const answers = ['a', 'b', 'c'].map(async (key) => {
    const claim = await state.claim({ stage: 'refine', key, sample: key });
    if (claim.kind !== 'mine') throw new Error(claim.kind);
    const attempt = await state.begin(claim.lease);
    if (key === 'c') while (syncs.length === 0) await new Promise(setImmediate);
    const answer = { model: 'm', promptVersion: 'p', value: key };
    await state.complete(claim.lease, attempt, answer, { promptTokens: 0, completionTokens: 0 });
    await state.synced();
    told.push(key);
  });
  while (syncs.length === 0) await new Promise(setImmediate);
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  expect(told).toEqual([]);
  syncs[0].resolve();
  while (syncs.length === 1) await new Promise(setImmediate);
  expect(told).toEqual(['a', 'b']); // c was written during the sync
  syncs[1].resolve();
  await Promise.all(answers);
  expect(told).toEqual(['a', 'b', 'c']);
  await state.close();
});

test('a sync that fails is a write that failed', async () => {
  const log = () => ({ sync: () => Promise.reject(new Error('EIO')), close: async () => undefined });
  const state = await openSqliteState(file, { log });
  const claim = await state.claim({ stage: 'refine', key: 'k', sample: 1 });
  if (claim.kind !== 'mine') throw new Error(claim.kind);
  const attempt = await state.begin(claim.lease);
  const usage = { promptTokens: 0, completionTokens: 0 };
  const answer = { model: 'm', promptVersion: 'p', value: 1 };
  await state.complete(claim.lease, attempt, answer, usage);
  await expect(state.synced()).rejects.toMatchObject({ code: 'state-write' });
  await expect(state.begin(claim.lease)).rejects.toMatchObject({ code: 'state-write' });
  await state.close();
});

test('a damaged file and one of another version are named, with what to do', async () => {
  await writeFile(file, 'not a database, but long enough to be taken for one if nobody looks');
  await expect(openSqliteState(file)).rejects.toMatchObject({ code: 'state-damaged', facts: { file } });
  await truncate(file);
  await (await openSqliteState(file)).close();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await expect(openSqliteState(file)).rejects.toMatchObject({ code: 'state-version', facts: { version: 99 } });
});

test('what is no state is refused, and nothing that looks like a password is shown', async () => {
  const refused = openState({ out: dir, state: 'mysql://me:secret@host/db' });
  await expect(refused).rejects.toMatchObject({ code: 'curate-state', facts: { state: 'mysql://…@host/db' } });
});
