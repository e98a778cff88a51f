// JSON lines: order and grouping of appends, torn tails, file:line in errors, incremental reading.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { appendJsonl, readJsonl, rowsIfPresent, streamJsonl, writeJsonl } from './jsonl.ts';

const file = (text?: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'jsonl-')), 'rows.jsonl');
  if (text !== undefined) writeFileSync(path, text);
  return path;
};

test('a hundred appends without waiting keep their order', async () => {
  const path = file();
  await Promise.all(Array.from({ length: 100 }, (_, i) => appendJsonl(path, { i, fill: 'x'.repeat(i) })));
  const { rows, torn } = await readJsonl<{ i: number }>(path);
  expect(rows.map((r) => r.i)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(torn).toBeUndefined();
});

test('a file cut at any byte gives the whole rows before the cut, and can be appended to', async () => {
  const lines = ['{"a":1}\n', '{"é":"日本\\n"}\n', '{"a":[1,2,{"b":null}]}\n'];
  const whole = Buffer.from(lines.join(''));
  const ends = lines.map((_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('')));
  for (let cut = 0; cut <= whole.length; cut++) {
    const path = file();
    writeFileSync(path, whole.subarray(0, cut));
    const kept = ends.filter((end) => end - 1 <= cut).length;
    const { rows, torn } = await readJsonl(path);
    expect(rows).toHaveLength(kept);
    expect(torn !== undefined).toBe(cut > (ends[kept - 1] ?? 0));
    await appendJsonl(path, { next: true }, { fsync: false });
    const after = await readJsonl(path);
    expect(after.torn).toBeUndefined();
    expect(after.rows).toEqual([...rows, { next: true }]);
  }
});

test('a torn line longer than the look-back window is cut off whole', async () => {
  const path = file(`{"a":1}\n{"b":"${'y'.repeat(20_000)}`);
  await appendJsonl(path, { c: 2 });
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"c":2}\n');
});

test('bad JSON and rows that the schema refuses name file and line', async () => {
  const path = file('{"a":1}\n\n{"a":oops}\n{"a":2}\n');
  await expect(readJsonl(path)).rejects.toMatchObject({ code: 'jsonl-parse', facts: { file: path, line: 3 } });
  const refused = file('{"a":1}\n{"a":"one"}\n');
  const schema = z.object({ a: z.number() });
  await expect(readJsonl(refused, (v) => schema.parse(v))).rejects.toThrow(`${refused}:2`);
  await expect(readJsonl(join(path, '../none.jsonl'))).rejects.toMatchObject({ code: 'jsonl-missing' });
});

test('no file has no rows; a file that cannot be read is an error', async () => {
  const path = file('{"a":1}\n');
  expect(await rowsIfPresent(path)).toEqual([{ a: 1 }]);
  rmSync(path);
  expect(await rowsIfPresent(path)).toEqual([]);
  symlinkSync(path, path); // a link to itself: whoever follows it gets ELOOP
  const refusal = { code: 'file-unreadable', facts: { file: path } };
  await expect(rowsIfPresent(path)).rejects.toMatchObject(refusal);
  await expect(readJsonl(path)).rejects.toMatchObject(refusal);
});

test("reading goes on from a row's end", async () => {
  const path = file();
  await writeJsonl(path, [{ i: 0 }, { i: 1 }]);
  let end = 0;
  for await (const row of streamJsonl(path)) end = row.end;
  appendFileSync(path, '{"i":2}\n{"i":3');
  const seen: unknown[] = [];
  for await (const row of streamJsonl(path, { from: end })) seen.push(row.value);
  expect(seen).toEqual([{ i: 2 }]);
});

test('any JSON value survives (property)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
      const path = file();
      const rows = values.map((v) => ({ v }));
      await writeJsonl(path, rows);
      expect((await readJsonl(path)).rows).toEqual(JSON.parse(JSON.stringify(rows)));
    }),
    { numRuns: 50 },
  );
});

test('a failed append rejects, and the next one to the same file works', async () => {
  const path = file();
  const below = join(path, 'rows.jsonl');
  writeFileSync(path, '');
  await expect(appendJsonl(below, { a: 1 })).rejects.toThrow(/ENOTDIR|EEXIST/);
  rmSync(path);
  await appendJsonl(below, { a: 2 });
  expect((await readJsonl(below)).rows).toEqual([{ a: 2 }]);
});
