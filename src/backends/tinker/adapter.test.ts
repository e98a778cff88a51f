// The adapter out of archives that the real tar wrote, and out of what is none.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  archivedNames as all,
  adapterArchive as archive,
  archivedWeights as weights,
} from '../../../test/support/tinker-server/archive.ts';
import { writeAdapterFiles } from './adapter.ts';

const target = () => mkdtempSync(join(tmpdir(), 'adapter-'));

test.each(['ustar', 'gnu', 'pax'])('from a tar of the format %s', async (format) => {
  const dir = target();
  await writeAdapterFiles(archive(format, all), dir);
  expect(readdirSync(dir).sort()).toEqual(all.slice(1));
  expect(readFileSync(join(dir, all[2])).equals(weights)).toBe(true);
  expect(JSON.parse(readFileSync(join(dir, all[1]), 'utf8'))).toEqual({ r: 8 });
});

test('an archive without it, cut off, or of something else is refused, and nothing is written', async () => {
  const dir = target();
  const whole = archive('ustar', all);
  const bad = [
    archive('ustar', all.slice(0, 2)),
    whole.subarray(0, 100),
    gzipSync('no tar at all, but long'.repeat(40)),
  ];
  for (const bytes of bad)
    await expect(writeAdapterFiles(bytes, dir)).rejects.toMatchObject({ code: 'tinker-archive' });
  expect(readdirSync(dir)).toEqual([]);
});
