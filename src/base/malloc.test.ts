// The program begins anew with its allocator's settings once: same process, arguments and exit status, nothing said; and leaves alone who has
// settings already or hangs on a parent's channel.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { mallocEnv, wantsMallocEnv } from './malloc.ts';

const dir = mkdtempSync(join(tmpdir(), 'malloc-'));
afterAll(() => rmSync(dir, { recursive: true }));
const script = join(dir, 'script.ts');
writeFileSync(
  script,
  `import { beginWithMallocEnv } from ${JSON.stringify(join(import.meta.dirname, 'malloc.ts'))};
   beginWithMallocEnv();
   const { pid, argv, execArgv, env } = process;
   console.log(JSON.stringify({ pid, args: argv.slice(2), execArgv, tunables: env.GLIBC_TUNABLES, other: env.OTHER }));
   process.stdin.pipe(process.stderr);
   process.exitCode = 3;`,
);

async function started(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--expose-gc', script, 'a b', '--c'], {
    env: { PATH: process.env.PATH, ...env } as NodeJS.ProcessEnv,
  });
  child.stdin.end('words');
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { ...JSON.parse(out), samePid: JSON.parse(out).pid === child.pid, err, status };
}

const same = { samePid: true, args: ['a b', '--c'], execArgv: ['--expose-gc'], other: 'x', err: 'words', status: 3 };

test.runIf(process.platform === 'linux')('it begins anew as the same process', async () => {
  expect(await started({ OTHER: 'x' })).toMatchObject({ ...same, tunables: mallocEnv.GLIBC_TUNABLES });
});

test("a user's own settings stay", async () => {
  expect(await started({ OTHER: 'x', GLIBC_TUNABLES: '' })).toMatchObject({ ...same, tunables: '' });
});

test('elsewhere, and under a channel, nothing begins anew', () => {
  expect(wantsMallocEnv({ platform: 'linux', env: {} })).toBe(true);
  expect(wantsMallocEnv({ platform: 'linux', env: {}, connected: true })).toBe(false);
  expect(wantsMallocEnv({ platform: 'darwin', env: {} })).toBe(false);
  expect(wantsMallocEnv({ platform: 'linux', env: { GLIBC_TUNABLES: 'x' } })).toBe(false);
});
