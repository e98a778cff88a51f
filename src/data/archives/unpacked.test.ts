// The folder of what is unpacked: bounded, shared by many at once, whole files only, whatever interrupts.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import { writeZip } from '../../../test/support/zip.ts';
import { Archives, type Packed } from './archives.ts';
import { packedIdentity, UnpackedFolder } from './unpacked.ts';
import type { Zip } from './zip.ts';
import type { ZipEntry } from './zip-entry.ts';

/** More than one piece of it is read at a time. */
const A = { name: 'data/a.mp4', data: Buffer.alloc(300_000, 'video a'), stored: true };
const readBack = async (file: string) => readFileSync(file);

const fresh = () => {
  const root = mkdtempSync(join(tmpdir(), 'videorft-unpacked-'));
  return { root, store: join(root, 'store'), folder: new UnpackedFolder(join(root, 'store'), 1e6) };
};

/** The zip, with another way of reading. */
const reading = (zip: Zip, read: Zip['read']): Zip =>
  Object.assign(Object.create(zip), { file: zip.file, identity: zip.identity, read });

test('stays below its limit, the longest unused goes first; what is in use stays', async () => {
  const { root, store } = fresh();
  const names = ['a', 'b', 'c', 'd'];
  writeZip(
    join(root, 'v.zip'),
    names.map((name) => ({ name: `${name}.mp4`, data: Buffer.alloc(400, name) })),
  );
  const archives = await Archives.open(root);
  const folder = new UnpackedFolder(store, 1000);
  const packed = (name: string) => archives.find(`${name}.mp4`, 'file') as Packed;
  const paths: string[] = [];
  for (const [i, name] of ['a', 'b'].entries())
    await folder.use(packed(name), async (path) => {
      paths.push(path);
      utimesSync(path, 1000 + i, 1000 + i);
    });
  await folder.use(packed('a'), async (path) => {
    utimesSync(path, 1, 1); // the oldest, and in use
    await folder.use(packed('c'), async (other) => void paths.push(other));
    expect(existsSync(path)).toBe(true);
  });
  expect(paths.map((path) => existsSync(path))).toEqual([true, false, true]);
  await folder.use(packed('d'), async () => undefined);
  expect(readdirSync(store).reduce((sum, name) => sum + statSync(join(store, name)).size, 0)).toBeLessThanOrEqual(1000);
  archives.close();
});

test('asked for by many at once, a file is unpacked once; swept away in use, it is unpacked again', async () => {
  const { root, folder } = fresh();
  writeZip(join(root, 'v.zip'), [A]);
  const archives = await Archives.open(root);
  const packed = archives.find('data/a.mp4', 'file') as Packed;
  let reads = 0;
  const zip = reading(packed.zip, (...args) => {
    reads++;
    return packed.zip.read(...args);
  });
  const counted = { ...packed, zip };
  await Promise.all([1, 2, 3].map(() => folder.use(counted, readBack)));
  expect(reads).toBe(1);
  let tries = 0;
  const found = await folder.use(counted, async (path) => {
    if (++tries === 1) rmSync(path);
    return readFileSync(path);
  });
  expect([tries, found.equals(A.data), reads]).toEqual([2, true, 2]);
  expect(packedIdentity(packed)).toMatch(/^packed [0-9a-f]{64}$/);
  archives.close();
});

test('that cannot be written is no fault of the archive; an abort is told as it is', async () => {
  const { root } = fresh();
  writeZip(join(root, 'v.zip'), [A]);
  writeFileSync(join(root, 'file'), 'x');
  const archives = await Archives.open(root);
  const packed = archives.find('data/a.mp4', 'file') as Packed;
  const failure = await failureOf(new UnpackedFolder(join(root, 'file/store'), 1e6).use(packed, readBack));
  expect([failure.code, failure.message]).toEqual([
    'archive-store',
    expect.stringContaining('nothing can be unpacked'),
  ]);
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(new UnpackedFolder(join(root, 's'), 1e6).use(packed, readBack, stopped)).rejects.toThrow('stopped');
  await expect(Archives.open(root, { signal: stopped })).rejects.toThrow('stopped');
  const halfway = new AbortController();
  const zip = reading(packed.zip, async function* (entry: ZipEntry, signal?: AbortSignal) {
    for await (const piece of packed.zip.read(entry, signal)) {
      halfway.abort(new Error('stopped'));
      yield piece;
    }
  });
  const store = new UnpackedFolder(join(root, 's'), 1e6);
  await expect(store.use({ ...packed, zip }, readBack, halfway.signal)).rejects.toThrow('stopped');
  expect(readdirSync(join(root, 's'))).toEqual([]);
  archives.close();
});
