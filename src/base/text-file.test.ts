// Absence is undefined; anything else that keeps a file from being read is an error, never "not there".
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTextIfPresent } from './text-file.ts';

it('tells an absent file from one that cannot be read', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'videorft-text-'));
  await writeFile(join(dir, 'a.txt'), 'a');
  expect(await readTextIfPresent(join(dir, 'a.txt'))).toBe('a');
  expect(await readTextIfPresent(join(dir, 'b.txt'))).toBeUndefined();
  await expect(readTextIfPresent(dir)).rejects.toMatchObject({ code: 'file-unreadable', facts: { file: dir } });
  await rm(dir, { recursive: true });
});
