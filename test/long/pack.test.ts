// The package as a stranger gets it: npm pack, npm install in an empty folder, the program's help, every subpath, types.
// Needs the npm registry (or npm's cache) for the dependencies. Run: npm run test:long
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'videorft-pack-'));
const installed = join(folder, 'node_modules/videorft');

/** Runs a program with the Node that runs this test; npm's own variables do not leak into the inner npm. */
function run(program: string, args: readonly string[], cwd = folder): string {
  const outer = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
  const env = { ...Object.fromEntries(outer), ONNXRUNTIME_NODE_INSTALL: 'skip' };
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Rooms that the package offers as subpaths. */
function subpaths(): string[] {
  const rooms = readdirSync(join(installed, 'dist'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return rooms.map(({ name }) => name).filter((name) => existsSync(join(installed, 'dist', name, 'index.js')));
}

/** A Node older than ours on the PATH, to see the version check; undefined if there is none. */
function olderNode(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'node'));
  return candidates.find((node) => {
    const major = Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]);
    return major >= 18 && major < 24;
  });
}

describe('the packed package', () => {
  beforeAll(() => {
    run('npm', ['run', 'build'], root);
    const tarball = run('npm', ['pack', '--silent', '--pack-destination', folder], root).trim().split('\n').at(-1)!;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n');
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball)]);
  }, 600_000);

  test('runs: help, doctor, and a misspelt command', () => {
    const bin = join(folder, 'node_modules/.bin/videorft');
    expect(run(process.execPath, [bin, '--help'])).toContain('Usage: videorft COMMAND');
    expect(run(process.execPath, [bin, 'doctor'])).toContain('This machine can run videorft.');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'doctr'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringContaining('did you mean doctor?')]);
  });

  test("the review's page comes with its scripts as JavaScript", async () => {
    writeFileSync(join(folder, 'set.jsonl'), '{"problem_id": 1, "problem": "Why?", "path": "a.mp4"}\n');
    const child = spawn(process.execPath, [join(folder, 'node_modules/.bin/videorft'), 'review', 'set.jsonl'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const page = line.replace('set.jsonl: ', '');
    const [, main] = /src="(\/client\/main\.js)"/.exec(await (await fetch(page)).text()) ?? [];
    const code = await (await fetch(new URL(main, page))).text();
    const imports = [...code.matchAll(/from '(\.\/\w+\.js)'/g)].map((match) => match[1]);
    expect(imports).toContain('./list.js');
    for (const name of imports) expect((await fetch(new URL(name, new URL(main, page)))).status, name).toBe(200);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('every subpath can be imported', () => {
    const names = subpaths();
    expect(names).toContain('engine');
    const lines = ['', ...names.map((name) => `/${name}`)].map((path) => `await import('videorft${path}');`);
    writeFileSync(join(folder, 'all.js'), `${lines.join('\n')}\nconsole.log('imported');\n`);
    expect(run(process.execPath, ['all.js'])).toBe('imported\n');
  });

  test('the declarations type-check for a strict consumer', () => {
    const imports = subpaths().map((name, i) => `import * as room${i} from 'videorft/${name}';\nvoid room${i};`);
    const use = [
      "import { runs, VideorftError } from 'videorft';",
      "const code: string = new VideorftError('m', { code: 'c' }).code;",
      '// The types are real: a wrong use is an error.',
      '// @ts-expect-error',
      "(await runs.openRun('r', { command: 'c', config: {}, versions: {} })).nonsense;",
      'void code;',
    ].join('\n');
    writeFileSync(join(folder, 'use.ts'), `${imports.join('\n')}\n${use}\n`);
    const options = ['--noEmit', '--strict', '--target', 'es2024', '--module', 'nodenext', '--skipLibCheck', 'false'];
    const types = [
      '--lib',
      'es2024,esnext.disposable,dom',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...types, 'use.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout.split('\n').filter((line) => /^(use\.ts|node_modules\/videorft)/.test(line))).toEqual([]);
  });

  test('an old Node gets one sentence with the fix', ({ skip }) => {
    const node = olderNode();
    if (!node) skip('no Node between 18 and 23 on the PATH');
    const { status, stderr } = spawnSync(node!, [join(installed, 'dist/cli/bin.js')], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/needs Node 24 or newer; this is Node \d+.*\n {2}fix: install/),
    ]);
  });
});
