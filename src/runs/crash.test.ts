// The disk dies at the n-th operation, for every n, while a run writes its third checkpoint and prunes: afterwards a
// complete checkpoint is chosen, the newest that was finished, with its whole content.
import { mkdtempSync, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { setLogLevel } from '../base/log.ts';
import { openRun, type Run } from './index.ts';

setLogLevel('error'); // every crash also warns of the temporary file that it leaves

/** Operations that change the disk are counted; from the `failAt`-th on all of them fail, as for a process that died. */
const disk = vi.hoisted(() => ({ count: 0, failAt: Number.POSITIVE_INFINITY }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const operate = () => {
    if (++disk.count >= disk.failAt) throw new Error('disk died');
  };
  const counted =
    <A extends unknown[], R>(fn: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      operate();
      return fn(...args);
    };
  /** A write that fails leaves half of its bytes. */
  const open = async (...args: Parameters<typeof real.open>) => {
    if (args[1] !== 'r') operate();
    const handle = await real.open(...args);
    const writeFile = handle.writeFile.bind(handle);
    handle.writeFile = async (data) => {
      const bytes = Buffer.from(data as Uint8Array);
      await writeFile(bytes.subarray(0, bytes.length / 2));
      operate();
      await writeFile(bytes.subarray(bytes.length / 2));
    };
    handle.sync = counted(handle.sync.bind(handle));
    handle.datasync = counted(handle.datasync.bind(handle));
    return handle;
  };
  const writeFile = async (path: string, data: string) => {
    await real.writeFile(path, data.slice(0, data.length / 2));
    operate();
    await real.writeFile(path, data);
  };
  return { ...real, open, writeFile, mkdir: counted(real.mkdir), rename: counted(real.rename), rm: counted(real.rm) };
});

const record = { command: 'grpo', config: {}, versions: {} };
const files = ['config.json', 'model.safetensors', 'optimizer.safetensors', 'trainer.json'];

async function doStep(run: Run, step: number): Promise<void> {
  await run.metrics.append({ step, loss: 1 / (step + 1) });
  await run.rollouts.write(step, [{ step }]);
  await run.checkpoints.save(step + 1, async (dir) => {
    for (const name of files) await fs.writeFile(join(dir, name), `${name} after ${step + 1}`);
  });
  await run.checkpoints.prune(2);
}

async function attempt(failAt: number): Promise<{ dir: string; finished: boolean; operations: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'crash-'));
  Object.assign(disk, { count: 0, failAt: Number.POSITIVE_INFINITY });
  const run = await openRun(dir, record);
  for (const step of [0, 1]) await doStep(run, step);
  Object.assign(disk, { count: 0, failAt });
  const finished = await doStep(run, 2).then(
    () => true,
    () => false,
  );
  const operations = disk.count;
  disk.failAt = Number.POSITIVE_INFINITY;
  run.close();
  return { dir, finished, operations };
}

/** What a second process finds: a whole checkpoint, and records of exactly the steps before it. */
async function inspect(dir: string): Promise<number> {
  const run = await openRun(dir, record);
  const { checkpoint, step } = await run.resume();
  for (const name of files) {
    expect(readFileSync(join(checkpoint!.dir, name), 'utf8')).toBe(`${name} after ${step}`);
  }
  const steps = Array.from({ length: step }, (_, i) => i);
  expect((await run.metrics.all()).map((row) => row.step)).toEqual(steps);
  expect(await run.rollouts.steps()).toEqual(steps);
  for (let s = step; s < 4; s++) await doStep(run, s);
  expect((await run.resume()).step).toBe(4);
  run.close();
  return step;
}

test('for every n', async () => {
  const { operations, dir } = await attempt(Number.POSITIVE_INFINITY);
  expect(await inspect(dir)).toBe(3);
  expect(operations).toBeGreaterThan(20);
  const chosen: number[] = [];
  for (let n = 1; n <= operations; n++) {
    const crashed = await attempt(n);
    expect(crashed.finished).toBe(false);
    chosen.push(await inspect(crashed.dir));
  }
  // First the second checkpoint is the newest; once the third's marker is in place it is chosen, and stays so.
  expect(chosen[0]).toBe(2);
  expect(chosen.at(-1)).toBe(3);
  expect(chosen).toEqual([...chosen].sort());
});
