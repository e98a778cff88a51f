// Addresses of databases: what is read from them, what is shown of them, and a server that is not there. With a server: test/long/postgres-state.test.ts.
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { failureOf } from '../../../../test/support/failure.ts';
import { openState } from '../open.ts';
import { isPostgres, parseAddress, shownState } from './address.ts';

test('the password is for the driver alone, wherever it stands', () => {
  const { connectionString, schema, shown } = parseAddress(
    'postgres://me:s3cret@db.example:5433/work?schema=run_7&sslmode=require',
  );
  expect(connectionString).toBe('postgres://me:s3cret@db.example:5433/work?sslmode=require');
  expect(schema).toBe('run_7');
  expect(shown).toBe('postgres://me@db.example:5433/work?sslmode=require&schema=run_7');
  expect(shownState('postgresql://db/work?user=me&password=s3cret')).toBe(
    'postgresql://db/work?user=me&schema=videorft',
  );
  expect(shownState('sqlite')).toBe('sqlite');
});

test('what is PostgreSQL is known by its beginning', () => {
  expect(['postgres://h/d', 'postgresql:///d', 'postgres', 'sqlite', 'mysql://h/d'].map(isPostgres)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('an address that cannot be read is not shown, as its password may be why', () => {
  const unreadable = () => parseAddress('postgres://me:s3cret/#@host:12x/db');
  expect(unreadable).toThrow(expect.objectContaining({ code: 'curate-state', facts: {} }));
  expect(unreadable).not.toThrow(/s3cret/);
  expect(() => parseAddress('postgres://h/d?schema=a"; DROP')).toThrow(
    expect.objectContaining({ code: 'curate-state' }),
  );
});

test('a server that is not there is named, with what to do and without the password', async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  const state = `postgres://me:s3cret@127.0.0.1:${port}/work`;
  const failure = await failureOf(openState({ out: '/nowhere', state }));
  expect(failure).toMatchObject({
    code: 'state-unreachable',
    facts: { state: `postgres://me@127.0.0.1:${port}/work?schema=videorft` },
  });
  expect(failure.describe()).toMatch(/ECONNREFUSED[\s\S]*fix: Check host and port/);
  expect(failure.describe()).not.toContain('s3cret');
});

test('a server that takes the connection and drops it is not reached either', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  const failure = await failureOf(openState({ out: '/nowhere', state: `postgres://me@127.0.0.1:${port}/work` }));
  expect(failure.code).toBe('state-unreachable');
  await new Promise((closed) => server.close(closed));
});
