// Parquet files that pyarrow wrote (make/parquet.py), in every compression: the same values, row by row.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parquetFacts, readParquet } from '../../src/data/parquet.ts';

const folder = join(import.meta.dirname, 'fixtures/parquet');
const truth = JSON.parse(await readFile(join(folder, 'rows.json'), 'utf8')) as { rows: Record<string, unknown>[] };

const bytesAsLists = (_: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);

test.each(['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'])('pyarrow, %s', async (codec) => {
  const file = join(folder, `${codec}.parquet`);
  const rows = await Array.fromAsync(readParquet(file));
  expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(
    JSON.parse(
      JSON.stringify(
        rows.map(({ row }) => row),
        bytesAsLists,
      ),
    ),
  ).toEqual(truth.rows);
  expect(rows[0].row.image).toMatchObject({ bytes: expect.any(Uint8Array) });
  expect(await parquetFacts(file)).toEqual({ columns: Object.keys(truth.rows[0]), rowCount: 7 });
});

test('only the columns that were asked for', async () => {
  const rows = await Array.fromAsync(readParquet(join(folder, 'zstd.parquet'), ['id', 'options']));
  expect(rows[1].row).toEqual({ id: 1, options: null });
});
