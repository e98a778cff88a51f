// Absence is undefined; anything else that keeps a file from being read is an error, never "not there".
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entriesIfPresent, namesIfPresent, readTextIfPresent, statIfPresent } from './if-present.ts';

it('tells an absent file from one that cannot be read', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'videorft-text-'));
  await writeFile(join(dir, 'a.txt'), 'a');
  expect(await readTextIfPresent(join(dir, 'a.txt'))).toBe('a');
  expect(await readTextIfPresent(join(dir, 'b.txt'))).toBeUndefined();
  await expect(readTextIfPresent(dir)).rejects.toMatchObject({ code: 'file-unreadable', facts: { file: dir } });
  expect((await statIfPresent(join(dir, 'a.txt')))?.size).toBe(1);
  expect(await statIfPresent(join(dir, 'b.txt'))).toBeUndefined();
  expect(await statIfPresent(join(dir, 'a.txt', 'below'))).toBeUndefined();
  expect(await namesIfPresent(dir)).toEqual(['a.txt']);
  expect(await namesIfPresent(join(dir, 'none'))).toEqual([]);
  await expect(namesIfPresent(join(dir, 'a.txt'))).rejects.toMatchObject({ code: 'file-unreadable' });
  expect((await entriesIfPresent(dir)).map((entry) => [entry.name, entry.isFile()])).toEqual([['a.txt', true]]);
  expect(await entriesIfPresent(join(dir, 'none'))).toEqual([]);
  const loop = join(dir, 'loop');
  await symlink(loop, loop);
  await expect(statIfPresent(loop)).rejects.toMatchObject({ code: 'file-unreadable', facts: { file: loop } });
  await expect(entriesIfPresent(loop)).rejects.toMatchObject({ code: 'file-unreadable', facts: { file: loop } });
  await rm(dir, { recursive: true });
});
