// The run directory: record, lock, incremental metrics, rollouts, choosing and pruning checkpoints, resuming.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { log } from '../base/log.ts';
import { openRun, type Run, readRun } from './index.ts';

const record = { command: 'grpo', config: { seed: 1, grpo: { lr: 1e-6 } }, versions: { node: '24.0.0' } };
const folder = () => join(mkdtempSync(join(tmpdir(), 'run-')), 'r');
const open: Run[] = [];
const start = async (dir = folder(), more = {}) => {
  const run = await openRun(dir, { ...record, ...more });
  open.push(run);
  return run;
};
const save = (run: Run, step: number) =>
  run.checkpoints.save(step, async (d) => writeFileSync(join(d, 'model.safetensors'), `weights ${step}`));

afterEach(() => {
  for (const run of open.splice(0)) run.close();
  vi.restoreAllMocks();
});

test('the record is written once and read back; a reader needs no lock', async () => {
  const run = await start();
  expect(run.continued).toBe(false);
  expect((await readRun(run.dir)).record).toEqual(record);
  await expect(readRun(folder())).rejects.toMatchObject({ code: 'run-missing' });
});

test('one writer at a time, and a killed one leaves no lock', async () => {
  const run = await start();
  await expect(openRun(run.dir, record)).rejects.toMatchObject({ code: 'run-locked' });
  run.close();
  const script = `import { lockRun } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    lockRun(${JSON.stringify(run.dir)}); process.kill(process.pid, 'SIGKILL');`;
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', script])).toThrow('Command failed');
  const again = await start(run.dir);
  expect(again.continued).toBe(true);
});

test('another configuration is refused with the keys that differ, unless they may change', async () => {
  const run = await start();
  run.close();
  const changed = { ...record, command: 'sft', config: { seed: 2, grpo: { lr: 1e-6 }, extra: undefined } };
  await expect(openRun(run.dir, changed)).rejects.toMatchObject({
    code: 'run-config-changed',
    facts: { differs: 'command, seed' },
  });
  const allowed = await openRun(run.dir, { ...changed, command: 'grpo' }, { mayChange: ['seed'] });
  open.push(allowed);
  expect(allowed.record.config).toEqual(record.config);
});

test('metrics are read incrementally, across torn writes and a resume', async () => {
  const run = await start();
  const reader = await readRun(run.dir);
  expect((await reader.metrics.since()).rows).toEqual([]);
  await run.metrics.append({ step: 0, loss: 2 });
  const first = await reader.metrics.since();
  expect(first.rows).toEqual([{ step: 0, loss: 2 }]);
  appendFileSync(run.metrics.file, '{"step":1,"lo');
  expect((await reader.metrics.since(first.cursor)).rows).toEqual([]);
  await run.metrics.append({ step: 1, loss: 1 });
  const second = await reader.metrics.since(first.cursor);
  expect([second.rows, second.reset]).toEqual([[{ step: 1, loss: 1 }], false]);
  await run.metrics.dropFrom(1);
  const third = await reader.metrics.since(second.cursor);
  expect([third.rows, third.reset]).toEqual([[{ step: 0, loss: 2 }], true]);
});

test('a number that JSON cannot hold is stored as null and reported once', async () => {
  const warn = vi.spyOn(log, 'warn').mockImplementation(() => undefined);
  const run = await start();
  await run.metrics.append({ step: 0, loss: Number.NaN, ok: 1 });
  await run.metrics.append({ step: 1, loss: Number.POSITIVE_INFINITY, ok: 1 });
  expect((await run.metrics.all()).map((row) => row.loss)).toEqual([null, null]);
  expect(warn.mock.calls).toEqual([[expect.stringContaining('metric loss is NaN at step 0')]]);
});

test('rollouts by step', async () => {
  const run = await start();
  await run.rollouts.write(123, [{ completion: 'a' }, { completion: 'b' }]);
  await run.rollouts.write(7, []);
  expect(existsSync(join(run.dir, 'rollouts/step-000123.jsonl'))).toBe(true);
  expect(await run.rollouts.read(123)).toEqual([{ completion: 'a' }, { completion: 'b' }]);
  expect(await run.rollouts.read(8)).toEqual([]);
  expect(await run.rollouts.steps()).toEqual([7, 123]);
});

test('resuming goes back to the newest complete checkpoint and removes what lies beyond', async () => {
  const run = await start();
  for (let step = 0; step < 7; step++) {
    await run.metrics.append({ step, loss: 7 - step });
    await run.rollouts.write(step, [{ step }]);
    if (step % 2 === 1) await save(run, step + 1);
  }
  rmSync(join(run.dir, 'checkpoints/step-000006/model.safetensors'));
  mkdirSync(join(run.dir, 'checkpoints/notes'));
  const { checkpoint, step, ignored, dropped } = await run.resume();
  expect([checkpoint?.step, step, dropped]).toEqual([4, 4, { metrics: 3, rollouts: 3 }]);
  expect(ignored).toMatchObject([{ step: 6, reason: 'model.safetensors is missing' }]);
  expect((await run.metrics.all()).map((row) => row.step)).toEqual([0, 1, 2, 3]);
  expect(await run.rollouts.steps()).toEqual([0, 1, 2, 3]);
  expect(readFileSync(join(checkpoint!.dir, 'model.safetensors'), 'utf8')).toBe('weights 4');
});

test('checkpoints that cannot be read are not checkpoints that are missing: nothing is removed', async () => {
  const run = await start();
  await run.metrics.append({ step: 0 });
  await save(run, 1);
  const unreadable = async (path: string) => {
    rmSync(path, { recursive: true });
    symlinkSync(path, path); // a link to itself: whoever follows it gets ELOOP
    await expect(run.resume()).rejects.toMatchObject({ code: 'file-unreadable', facts: { file: path } });
    expect(await run.metrics.all()).toHaveLength(1);
  };
  await unreadable(join(run.dir, 'checkpoints/step-000001/COMPLETE.json'));
  await unreadable(join(run.dir, 'checkpoints'));
});

test('without a checkpoint everything is done again', async () => {
  const run = await start();
  await run.metrics.append({ step: 0 });
  expect(await run.resume()).toEqual({
    checkpoint: undefined,
    step: 0,
    ignored: [],
    dropped: { metrics: 1, rollouts: 0 },
  });
});

test('pruning keeps the last n complete ones and never removes the only one', async () => {
  const run = await start();
  for (const step of [1, 2, 3, 4]) await save(run, step);
  mkdirSync(join(run.dir, 'checkpoints/step-000005'));
  expect(await run.checkpoints.prune(2)).toEqual([1, 2]);
  expect(await run.checkpoints.prune(0)).toEqual([3]);
  expect(readdirSync(join(run.dir, 'checkpoints')).sort()).toEqual(['step-000004', 'step-000005']);
});
