// Damaged Parquet files: an error that names the file, never rows that are not there. Values: test/parity/parquet.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parquetFacts, readParquet } from './parquet.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videorft-parquet-'));
});
afterAll(() => rm(folder, { recursive: true }));

const whole = Buffer.from(
  parquetWriteBuffer({
    columnData: [
      { name: 'id', data: Array.from({ length: 1000 }, (_, i) => i), type: 'INT32' },
      { name: 'text', data: Array.from({ length: 1000 }, (_, i) => `row ${i} ${'x'.repeat(i % 90)}`), type: 'STRING' },
    ],
    rowGroupSize: 100,
  }),
);

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

test('another writer, row groups in order', async () => {
  const path = await file('whole.parquet', whole);
  const rows = await Array.fromAsync(readParquet(path));
  expect(rows.map(({ row }) => row.id)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(rows.at(-1)).toEqual({ line: 1000, row: { id: 999, text: `row 999 ${'x'.repeat(9)}` } });
  expect(await parquetFacts(path)).toEqual({ columns: ['id', 'text'], rowCount: 1000 });
});

test.each<[string, Uint8Array]>([
  ['empty', new Uint8Array()],
  ['truncated', whole.subarray(0, whole.length >> 1)],
  ['beheaded', whole.subarray(whole.length >> 1)],
  ['text', Buffer.from('{"problem": "not Parquet"}\n'.repeat(20))],
])('%s: data-unreadable, with the file', async (name, bytes) => {
  const path = await file(`${name}.parquet`, bytes);
  await expect(Array.fromAsync(readParquet(path))).rejects.toMatchObject({
    code: 'data-unreadable',
    facts: { file: path },
  });
});

test('a missing file is named', async () => {
  await expect(parquetFacts(join(folder, 'none.parquet'))).rejects.toMatchObject({ code: 'data-unreadable' });
});
