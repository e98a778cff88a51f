// Files of lines: what stands there after success, and after a failure while they are filled, opened, or written out at the end.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeLineFiles } from './line-file.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'line-file-'));

test('many lines, more than the buffer holds, are there in order; parents are made, nothing temporary stays', async () => {
  const dir = join(folder(), 'a/b');
  const lines = Array.from({ length: 5000 }, (_, i) => `${i} ${'x'.repeat(200)}`);
  const result = await writeLineFiles([join(dir, 'many'), join(dir, 'none')], async (many) => {
    for (const line of lines) await many.write(line);
    expect(readdirSync(dir)).not.toContain('many');
    return 'done';
  });
  expect(result).toBe('done');
  expect(readFileSync(join(dir, 'many'), 'utf8')).toBe(`${lines.join('\n')}\n`);
  expect(readFileSync(join(dir, 'none'), 'utf8')).toBe('');
  expect(readdirSync(dir).sort()).toEqual(['many', 'none']);
});

test('a failure while filling leaves the files as they were', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'a'), 'old');
  const filled = writeLineFiles([join(dir, 'a'), join(dir, 'b')], async (a) => {
    await a.write('new');
    throw new Error('no more');
  });
  await expect(filled).rejects.toThrow('no more');
  expect(readdirSync(dir)).toEqual(['a']);
  expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('old');
});

test('so does a file that cannot be opened', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'a'), 'old');
  const filled = writeLineFiles([join(dir, 'b'), join(dir, 'a/below')], () => Promise.reject(new Error('not called')));
  await expect(filled).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readdirSync(dir)).toEqual(['a']);
});

test('so does a last line that the disk does not take, and the error is that of the disk', async () => {
  const dir = folder();
  const filled = writeLineFiles([join(dir, 'a'), join(dir, 'b')], async (a, b) => {
    await a.write('whole');
    await b.write('lost');
    await b.abandon();
  });
  await expect(filled).rejects.toThrow(/closed|EBADF/);
  expect(readdirSync(dir)).toEqual([]);
});

test('a place that is taken by a folder is told, and nothing temporary stays', async () => {
  const dir = folder();
  mkdirSync(join(dir, 'b'));
  await expect(writeLineFiles([join(dir, 'b')], (b) => b.write('x'))).rejects.toMatchObject({ code: 'EISDIR' });
  expect(readdirSync(dir)).toEqual(['b']);
});
