// Atomic files and directories with a marker: what a reader sees after a failure at each point.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  assertComplete,
  incompleteReason,
  markerName,
  removeTemporaries,
  writeDirectoryComplete,
  writeFileAtomic,
} from './atomic.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'atomic-'));

test('writes pieces in order, makes parents, leaves no temporary file', async () => {
  const file = join(folder(), 'a/b/c.txt');
  await writeFileAtomic(file, 'one ', new TextEncoder().encode('two'));
  expect(readFileSync(file, 'utf8')).toBe('one two');
  expect(readdirSync(join(file, '..'))).toEqual(['c.txt']);
});

test('a failed write keeps the old content and cleans up', async () => {
  const dir = folder();
  const file = join(dir, 'x');
  await writeFileAtomic(file, 'old');
  await expect(writeFileAtomic(file, 'new', 7 as unknown as string)).rejects.toThrow();
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(dir)).toEqual(['x']);
});

test('what a killed writer left is removed, nothing else', async () => {
  const dir = folder();
  for (const name of ['.a.json.123-0123abcd.tmp', 'a.json', '.hidden.tmp']) writeFileSync(join(dir, name), 'x');
  expect(await removeTemporaries(dir)).toBe(1);
  expect(readdirSync(dir).sort()).toEqual(['.hidden.tmp', 'a.json']);
});

async function completeDirectory(): Promise<string> {
  const dir = join(folder(), 'step-000001');
  await writeDirectoryComplete(dir, async (d) => {
    writeFileSync(join(d, 'model.bin'), 'weights');
    mkdirSync(join(d, 'sub'));
    writeFileSync(join(d, 'sub/state.json'), '{}');
  });
  return dir;
}

test('a filled directory is complete; its marker lists files below it too', async () => {
  const dir = await completeDirectory();
  expect(await incompleteReason(dir)).toBeUndefined();
  await assertComplete(dir);
  expect(JSON.parse(readFileSync(join(dir, markerName), 'utf8')).files).toEqual({
    'model.bin': 7,
    'sub/state.json': 2,
  });
});

test('missing marker, missing file and shortened file are reasons', async () => {
  const dir = await completeDirectory();
  truncateSync(join(dir, 'model.bin'), 3);
  expect(await incompleteReason(dir)).toBe('model.bin has 3 bytes instead of 7');
  unlinkSync(join(dir, 'model.bin'));
  expect(await incompleteReason(dir)).toBe('model.bin is missing');
  unlinkSync(join(dir, markerName));
  expect(await incompleteReason(dir)).toContain('interrupted');
  await expect(assertComplete(dir)).rejects.toMatchObject({ code: 'incomplete-directory' });
});

test('a file or marker that is there but cannot be read is an error, not a reason to pass the directory over', async () => {
  const dir = await completeDirectory();
  const unreadable = (name: string) => {
    unlinkSync(join(dir, name));
    symlinkSync(join(dir, name), join(dir, name)); // a link to itself: whoever follows it gets ELOOP
  };
  unreadable('model.bin');
  const refusal = (name: string) => ({ code: 'file-unreadable', facts: { file: join(dir, name) } });
  await expect(incompleteReason(dir)).rejects.toMatchObject(refusal('model.bin'));
  unreadable(markerName);
  await expect(incompleteReason(dir)).rejects.toMatchObject(refusal(markerName));
});

test('rewriting removes the marker before anything else, and old files do not survive', async () => {
  const dir = await completeDirectory();
  await expect(writeDirectoryComplete(dir, () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
  expect(await incompleteReason(dir)).toContain('interrupted');
  expect(existsSync(join(dir, 'model.bin'))).toBe(false);
});
