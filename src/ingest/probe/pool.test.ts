// The pool of processes: one that hangs is ended, one that dies takes one file with it, and none outlives who started it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { ProbePool } from './pool.ts';

const script = fileURLToPath(new URL('./pool.fixture.ts', import.meta.url));
const settings = { depth: 'ends', timeoutMs: 10, maxPixels: 1, maxSeconds: 1 } as const;
const pool = new ProbePool(script);
afterAll(() => pool.close());
const look = (file: string) => pool.look({ file, settings });

test('answers come from the same process; a file that hangs or kills it costs one process each', async () => {
  const { sha256: first } = await look('a');
  expect((await look('b')).sha256).toBe(first);
  await expect(look('die')).rejects.toMatchObject({ code: 'media-crash', facts: { file: 'die' } });
  const { sha256: second } = await look('c');
  expect(second).not.toBe(first);
  await expect(look('exit')).rejects.toMatchObject({ code: 'media-crash', message: expect.stringContaining('code 3') });
  await expect(look('hang')).rejects.toMatchObject({ code: 'media-timeout' });
  expect((await look('d')).sha256).not.toBe(second);
});

test('calls side by side have a process each', async () => {
  const pids = await Promise.all(['a', 'b', 'c'].map(look));
  expect(new Set(pids.map(({ sha256 }) => sha256)).size).toBe(3);
});

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('who is killed leaves no process behind', async () => {
  const code = `
    const { ProbePool } = await import(${JSON.stringify(new URL('./pool.ts', import.meta.url).href)});
    const { sha256 } = await new ProbePool(${JSON.stringify(script)}).look({ file: 'a', settings: ${JSON.stringify(settings)} });
    console.log(sha256);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve));
  const pid = Number(line);
  expect(alive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => alive(pid), { timeout: 20_000 }).toBe(false);
});
