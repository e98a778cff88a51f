// A PostgreSQL server of a test's own: a free port, a temporary folder, a password; stopped, cut off and started again as the test likes.
// Leaves out: getting the programs (.ci/run installs Debian's package); where there are none, tests say so and skip.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { statIfPresent } from '../../src/base/if-present.ts';

const run = promisify(execFile);
const debian = '/usr/lib/postgresql';
const USER = 'curator';
const PASSWORD = 'not-to-be-shown';

/** Folder of initdb and postgres, newest version first: Debian's package, or what is on the PATH. */
export async function postgresPrograms(): Promise<string | undefined> {
  const versions = (await readdir(debian).catch(() => [] as string[])).sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(':').filter(Boolean),
  ];
  for (const folder of folders) if (await statIfPresent(join(folder, 'initdb'))) return folder;
  return undefined;
}

/** Of the user that may run it: postgres refuses root. */
async function owner(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** With the password; `port`, of a proxy in front of it. */
  url(schema: string, port?: number): string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** 'SIGINT' ends sessions and stops; 'SIGQUIT' is a crash. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  start(): Promise<void>;
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'videorft-postgres-'));
  const user = await owner();
  const secret = join(folder, 'password');
  await writeFile(secret, PASSWORD);
  if (user) for (const path of [folder, secret]) await chown(path, user.uid, user.gid);
  const data = join(folder, 'data');
  const wishes = ['--auth=scram-sha-256', `--username=${USER}`, `--pwfile=${secret}`, '--encoding=UTF8', '--no-sync'];
  await run(join(programs, 'initdb'), ['-D', data, ...wishes], { ...user, cwd: folder });
  const port = await freePort();
  const url = (schema: string, at = port) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${at}/postgres?schema=${schema}`;
  // What it writes survives its own death; of the machine's these tests know nothing.
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let server: ChildProcess | undefined;
  const stop = async (signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT') => {
    if (!server || server.exitCode !== null) return;
    const gone = ended(server);
    server.kill(signal);
    await gone;
  };
  const query = async (sql: string) => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: USER, password: PASSWORD, database: 'postgres' });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    let said = '';
    server = spawn(join(programs, 'postgres'), ['-D', data, ...flags], { ...user, cwd: folder });
    server.stderr?.on('data', (text) => {
      said = `${said}${text}`.slice(-2000);
    });
    for (let tries = 0; server.exitCode === null && tries < 600; tries++) {
      const isUp = await query('SELECT 1').then(
        () => true,
        () => false,
      );
      if (isUp) return;
      await setTimeout(50);
    }
    throw new Error(`PostgreSQL did not start: ${said}`);
  };
  process.once('exit', () => server?.kill('SIGQUIT'));
  await start();
  return {
    port,
    url,
    query,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
