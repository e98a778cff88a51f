// Samples that cannot be used: set aside by id, counted, and the end of the run when there are too many.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { type LoadPrompt, readGuard, SampleGuard } from './source.ts';

const sample = (id: number): Sample => ({
  problem_id: id,
  problem: 'Which?',
  data_type: 'video',
  problem_type: 'numerical',
  solution: '<answer>1</answer>',
  path: `${id}.mp4`,
});
const broken = (path: string) => new VideorftError('cannot be decoded', { code: 'media-decode', facts: { path } });
/** Loads that fail for the ids given; counts the attempts. */
function loader(bad: readonly number[]) {
  const attempts: number[] = [];
  const load: LoadPrompt = async (s) => {
    attempts.push(Number(s.problem_id));
    if (bad.includes(Number(s.problem_id))) throw broken(s.path);
    return { id: String(s.problem_id), messages: [] };
  };
  return { load, attempts };
}

test('a sample that fails is set aside by id with its reason and not tried again', async () => {
  const { load, attempts } = loader([2]);
  const guard = new SampleGuard(load);
  for (const id of [1, 2, 3, 2]) await guard.prompt(sample(id));
  expect(attempts).toEqual([1, 2, 3]);
  expect(guard.setAside).toEqual([{ id: '2', path: '2.mp4', reason: 'media-decode: cannot be decoded' }]);
  expect((await guard.prompt(sample(3)))?.id).toBe('3');
});

test('more than a tenth, of at least 20, stops the run and names the last', async () => {
  const run = async (bad: readonly number[], count: number) => {
    const guard = new SampleGuard(loader(bad).load);
    for (let id = 0; id < count; id++) await guard.prompt(sample(id));
    return guard.setAside.length;
  };
  expect(await run([0, 1, 2, 3, 4], 19)).toBe(5);
  await expect(run([0, 1, 2, 3, 4], 20)).rejects.toMatchObject({ code: 'train-too-many-bad', facts: { last: '4' } });
  expect(await run([5, 29], 60)).toBe(2);
  await expect(run([0, 1, 25], 60)).rejects.toMatchObject({ code: 'train-too-many-bad', facts: { last: '25' } });
});

test('what is not the sample’s fault is thrown on', async () => {
  const guard = new SampleGuard(async () => {
    throw new TypeError('a bug');
  });
  await expect(guard.prompt(sample(1))).rejects.toThrow('a bug');
  expect(guard.setAside).toEqual([]);
});

test('a guard that goes on knows what was set aside and how many were seen', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'guard-'));
  expect(await readGuard(dir)).toBeUndefined();
  const first = new SampleGuard(loader([1, 4]).load);
  for (let id = 0; id < 19; id++) await first.prompt(sample(id));
  await first.save(dir);
  const { load, attempts } = loader([30]);
  const second = new SampleGuard(load, await readGuard(dir));
  expect(second.setAside).toEqual(first.setAside);
  expect(await second.prompt(sample(4))).toBeUndefined();
  expect(attempts).toEqual([]);
  await expect(second.prompt(sample(30))).rejects.toMatchObject({ code: 'train-too-many-bad' });
});
