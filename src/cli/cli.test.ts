// The program from the outside: help, suggestions, exit statuses, errors, Ctrl-C; and every command of the table: its
// help, its examples, its printed configuration.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig, resolveConfig } from '../base/config.ts';
import { configKeys } from '../base/config-schema.ts';
import { VideorftError } from '../base/errors.ts';
import { runChecks } from './checks.ts';
import { type CommandEntry, type CommandSpec, defineCommand } from './command.ts';
import { commandLine } from './command-line.ts';
import { commands } from './commands.ts';
import { defaultTree } from './config.ts';
import { main } from './main.ts';

const schema = z.object({
  steps: z.number().default(3).describe('number of steps'),
  think: z.boolean().default(true).describe('whether to think'),
  name: z.string().optional().describe('a name'),
});

function entry(name: string, spec: Partial<CommandSpec<typeof schema>>): CommandEntry {
  const command = defineCommand({ about: 'Does it.', examples: [], schema, run: async () => 0, ...spec });
  return { name, summary: `${name} something`, load: async () => ({ command }) };
}

const table = [
  entry('train', {
    examples: [{ args: 'train --steps 5', does: 'five steps' }],
    positionals: '[FILE]',
    run: async ({ config, positionals, print }) => {
      print(JSON.stringify({ ...config, positionals }));
      return config.steps > 9 ? 7 : undefined;
    },
  }),
  entry('refuse', {
    run: () =>
      Promise.reject(
        new VideorftError('no such clip', { code: 'media-missing', facts: { file: 'a.mp4' }, fix: 'look' }),
      ),
  }),
  entry('crash', { run: () => Promise.reject(new TypeError('x is undefined')) }),
  entry('wait', {
    resumable: true,
    run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('odd')))),
  }),
  entry('train all', { run: async ({ config, print }) => void print(`all ${config.steps}`) }),
];

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
  const status = await main(args, io, table);
  return { status, out: out.join('\n'), err: err.join('\n') };
}

test('help: of the program, of a command, without arguments, version', async () => {
  const help = await run('--help');
  expect(help.status).toBe(0);
  expect(help.out).toMatch(/Commands:\n {2}train +train something\n {2}refuse/);
  expect(await run('-h')).toEqual(help);
  expect(await run()).toEqual({ ...help, status: 2 });
  const { out } = await run('train', '--help');
  expect(out).toContain('Usage: videorft train [FILE] [flags]');
  expect(out).toContain('videorft train --steps 5\n      five steps');
  expect(out).toContain('--no-think');
  expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+/);
});

test('a command gets its configuration and arguments; its status is the exit status', async () => {
  expect(await run('train', 'a', '--steps=4')).toMatchObject({
    status: 0,
    out: '{"steps":4,"think":true,"positionals":["a"]}',
  });
  expect((await run('train', '--steps', '10')).status).toBe(7);
});

test('a command may have two words', async () => {
  expect(await run('train', 'all', '--steps', '5')).toMatchObject({ status: 0, out: 'all 5' });
  expect((await run('train', 'all', '--help')).out).toContain('Usage: videorft train all [flags]');
  expect(await run('train', 'all', '--stpes', '5')).toMatchObject({
    status: 2,
    err: expect.stringContaining('help: videorft train all --help'),
  });
  expect(await run('train', '--steps', '4', 'all')).toMatchObject({ out: expect.stringContaining('["all"]') });
});

test.each([
  [['trian'], 'unknown command trian\n  fix: did you mean train?\n  help: videorft --help'],
  [['train', '--stpes', '1'], 'unknown flag --stpes\n  fix: did you mean --steps?\n  help: videorft train --help'],
  [['crash', 'extra'], "Unexpected argument 'extra'"],
])('misuse %j: status 2', async (args, text) => {
  const { status, err, out } = await run(...args);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(text);
});

test('errors: ours with facts and fix, others with their stack; status 1', async () => {
  const ours = await run('refuse');
  expect(ours).toMatchObject({
    status: 1,
    err: 'error: no such clip\n  file: a.mp4\n  fix: look\n  code: media-missing',
  });
  const theirs = await run('crash');
  expect(theirs.status).toBe(1);
  expect(theirs.err).toMatch(/^TypeError: x is undefined\n +at /);
});

/** Runs a command that is interrupted as soon as it listens. */
async function interrupted(...args: string[]) {
  const before = process.listenerCount('SIGINT');
  const running = run(...args);
  await expect.poll(() => process.listenerCount('SIGINT'), { timeout: 60_000 }).toBeGreaterThan(before);
  process.emit('SIGINT');
  return running;
}

test('Ctrl-C: status 130 and the sentence that the same command continues', async () => {
  const { status, err } = await interrupted('wait', '--config', noSpaces());
  expect(status).toBe(130);
  expect(err).toMatch(
    /Stopping at the next safe point.*\nInterrupted\. The same command continues .*: videorft wait --config \//,
  );
});

test('Ctrl-C: a password in an address is not printed', async () => {
  const { err } = await interrupted('wait', '--name', 'postgres://me:s3cret@host/db?password=s3cret&schema=a');
  expect(err).toContain("videorft wait --name 'postgres://me:…@host/db?password=…&schema=a'");
});

test('a command that a page or a manifest keeps: quoted, without a password', () => {
  expect(commandLine(['eval', '--endpoint', 'https://me:s3cret@host/v1', '--out', "my run's.jsonl"])).toBe(
    "videorft eval --endpoint 'https://me:…@host/v1' --out 'my run'\\''s.jsonl'",
  );
});

function noSpaces(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'cli-')), 'c.yaml');
  writeFileSync(file, 'steps: 1\n');
  return file;
}

/** Splits an example as a shell does: spaces, single and double quotes. */
function split(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]);
}

test.each(commands.map((c) => [c.name, c] as const))(
  'command %s: examples parse, configuration is explained',
  async (_, e) => {
    const { command } = await e.load();
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { args } of command.examples) {
      const words = split(args.split(/ [|>] /)[0]);
      const length = e.name.split(' ').length;
      expect(words.slice(0, length).join(' ')).toBe(e.name);
      const rest = words.slice(length);
      await resolveConfig({ schema: command.schema, args: rest, allowPositionals: command.positionals !== undefined });
    }
    const tree = defaultTree(command.schema);
    const isComplete = !configKeys(command.schema).some((key) => key.required);
    if (isComplete) expect(() => parseConfig(command.schema, tree)).not.toThrow();
  },
);

test('config prints every key of a command, those that are absent by default as comments', async () => {
  for (const { name, load } of commands) {
    const out: string[] = [];
    await main(['config', ...name.split(' ')], { out: (text) => void out.push(text), err: () => undefined });
    const keys = configKeys((await load()).command.schema);
    for (const { path, name: key } of keys)
      expect(out.join('\n'), `${name} ${key}`).toMatch(new RegExp(`(^| )(${key}|${path.at(-1)}):`, 'm'));
  }
});

test('a failing check is a row, the others go on', async () => {
  const results = await runChecks([
    { what: 'a', run: () => Promise.reject(new VideorftError('not here', { code: 'gone' })) },
    { what: 'b', run: async () => ({ state: 'ok', detail: 'fine' }) },
  ]);
  expect(results).toEqual([
    { what: 'a', state: 'fail', detail: 'gone: not here' },
    { what: 'b', state: 'ok', detail: 'fine' },
  ]);
});

test('doctor finds this machine able', async () => {
  const out: string[] = [];
  const status = await main(['doctor'], { out: (text) => void out.push(text), err: () => undefined });
  expect(out.join('\n')).toMatch(/ok +Node .*\n +ok +ONNX Runtime .*cpu/);
  expect(status).toBe(0);
});
