// Zips as if they were unpacked: places, contents, and everything that may be wrong with one, from zips that the tests write byte by byte (the writer's
// own output passes `unzip -t` and Python's zipfile). Nothing may ever be written outside the folder, whatever a zip holds.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import { writeZip, type ZipInput, zipBytes } from '../../../test/support/zip.ts';
import { Archives, type Packed } from './archives.ts';
import { UnpackedFolder } from './unpacked.ts';

const text = (value: string) => Buffer.from(value.repeat(500));
const A = { name: 'data/a.mp4', data: text('video a ') };

const fresh = () => {
  const root = mkdtempSync(join(tmpdir(), 'videorft-archives-'));
  return { root, store: join(root, 'store'), folder: new UnpackedFolder(join(root, 'store'), 1e6) };
};
const readBack = async (file: string) => readFileSync(file);

/** What is got from a zip of these entries at a place, or why nothing is. */
async function got(inputs: readonly ZipInput[], place = 'data/a.mp4', kind: 'file' | 'folder' = 'file') {
  const { root, store, folder } = fresh();
  writeZip(join(root, 'videos.zip'), inputs);
  const archives = await Archives.open(root);
  const packed = archives.find(place, kind);
  const failure = packed && (await failureOf(folder.use(packed, readBack)));
  archives.close();
  const left = existsSync(store) ? readdirSync(store) : [];
  return { packed, failure, left, unread: archives.unread };
}

describe('places', () => {
  it('an archive counts as unpacked where it lies, in a folder of its name, and at the top', async () => {
    const { root, folder } = fresh();
    mkdirSync(join(root, 'video'));
    writeZip(join(root, 'video/star.zip'), [{ name: 'star/clips/x.mp4', data: text('x') }]);
    writeZip(join(root, 'video/sta.ZIP'), [{ name: 'sta_video/y.mp4', data: text('y'), stored: true }]);
    writeZip(join(root, 'top.zip'), [{ name: './data\\z.mp4', data: text('z'), zip64: true }]);
    const archives = await Archives.open(root);
    const contents = async (place: string) => {
      const packed = archives.find(place, 'file');
      return packed && (await folder.use(packed, readBack)).subarray(0, 1).toString();
    };
    const places = ['video/star/clips/x.mp4', 'video/star/star/clips/x.mp4', 'star/clips/x.mp4'];
    expect(await Promise.all(places.map(contents))).toEqual(['x', 'x', 'x']);
    expect(await contents('video/sta/sta_video/y.mp4')).toBe('y');
    expect([await contents('data/z.mp4'), await contents('top/data/z.mp4')]).toEqual(['z', 'z']);
    expect([await contents('clips/x.mp4'), await contents('star/clips')]).toEqual([undefined, undefined]);
    archives.close();
  });

  it('a folder of pictures comes out whole, is there while it is used, and is gone afterwards', async () => {
    const { root, store, folder } = fresh();
    const frames = [1, 2, 3].map((i) => ({ name: `tvqa/show/clip/0000${i}.jpg`, data: text(`${i}`) }));
    writeZip(join(root, 'tvqa.zip'), [...frames, { name: 'tvqa/show/other/00001.jpg', data: text('o') }]);
    const archives = await Archives.open(root);
    const packed = archives.find('tvqa/show/clip', 'folder') as Packed;
    const names = await folder.use(packed, async (dir) => readdirSync(dir).sort());
    expect(names).toEqual(['00001.jpg', '00002.jpg', '00003.jpg']);
    expect(readdirSync(store)).toEqual([]);
    expect(archives.find('tvqa/show', 'folder')).toBeUndefined();
    archives.close();
  });

  it('two archives with other files for one place: neither is taken; with the same file: the first', async () => {
    const { root, folder } = fresh();
    writeZip(join(root, '1.zip'), [A]);
    writeZip(join(root, '2.zip'), [{ ...A, stored: true }]);
    const same = await Archives.open(root);
    expect((await folder.use(same.find('data/a.mp4', 'file') as Packed, readBack)).equals(A.data)).toBe(true);
    same.close();
    writeZip(join(root, '2.zip'), [{ ...A, data: text('other') }]);
    const other = await Archives.open(root);
    const failure = await failureOf(folder.use(other.find('data/a.mp4', 'file') as Packed, readBack));
    expect([failure.code, failure.message]).toEqual(['archive-entry', expect.stringContaining('2.zip, data/a.mp4 is')]);
    other.close();
  });
});

test.each([
  ['python', ['data/deflated.mp4', 'data/stored.mp4', 'data/ü 影.mp4'], { 'data/bzip2.mp4': 'compression method 12' }],
  ['python-stream64', ['data/one.mp4', 'data/two.mp4'], {}],
  ['infozip', ['data/plain.mp4', 'data/ü.mp4'], { 'data/link.mp4': 'symbolic link', 'data/secret.mp4': 'encrypted' }],
  ['infozip-stream', ['data/plain.mp4'], {}],
] as const)('zips that other programs made: %s (test/parity/make/zips.py)', async (name, good, bad) => {
  const { root, folder } = fresh();
  copyFileSync(join(import.meta.dirname, `../../../test/fixtures/zips/${name}.zip`), join(root, 'x.zip'));
  const archives = await Archives.open(root);
  for (const place of good) {
    const found = await folder.use(archives.find(place, 'file') as Packed, readBack);
    expect(found.toString()).toBe(`${place} `.repeat(300));
  }
  for (const [place, reason] of Object.entries(bad)) expect(archives.find(place, 'file')?.fault).toContain(reason);
  expect(archives.find('data', 'folder')?.entries).toHaveLength(good.length + Object.keys(bad).length);
  archives.close();
});

describe('what is wrong with one entry is its own error, with archive, entry and what to do', () => {
  it.each<[string, ZipInput, string]>([
    ['a name that climbs', { ...A, name: '../data/a.mp4' }, 'leads out of the folder'],
    ['a name that climbs by backslashes', { ...A, name: '..\\..\\data\\a.mp4' }, 'leads out of the folder'],
    ['an absolute name', { ...A, name: '/data/a.mp4' }, 'leads out of the folder'],
    ['a name with a drive', { ...A, name: 'C:\\data\\a.mp4' }, 'leads out of the folder'],
    ['a symbolic link', { ...A, mode: 0o120777, data: Buffer.from('/etc/passwd') }, 'symbolic link'],
    ['a device', { ...A, mode: 0o060666 }, 'no regular file'],
    ['an encrypted entry', { ...A, says: { flags: 0x801 } }, 'it is encrypted'],
    ['another compression', { ...A, says: { method: 93 } }, 'compression method 93 is not read'],
    ['a bomb: more than it says', { ...A, data: Buffer.alloc(900_000), says: { bytes: 1000 } }, 'more bytes come out'],
    ['less than it says', { ...A, says: { bytes: 9000 } }, '4000 bytes of the 9000'],
    ['a stored size that lies', { ...A, stored: true, says: { bytes: 5 } }, 'said to have 5'],
    ['more than the folder may hold', { ...A, says: { bytes: 2_000_000 } }, 'more than 1000000'],
    ['a wrong checksum', { ...A, says: { crc32: 7 } }, 'checksum is wrong'],
    ['no deflate', { ...A, stored: true, says: { method: 8 } }, 'invalid'],
  ])('%s', async (_, input, message) => {
    const { failure, left } = await got([{ name: 'data/b.mp4', data: text('b') }, input]);
    expect(failure).toMatchObject({ code: 'archive-entry', facts: { entry: 'data/a.mp4' } });
    expect(failure?.message).toContain(message);
    expect([failure?.facts.archive, failure?.fix]).toEqual([expect.stringMatching(/videos\.zip$/), expect.any(String)]);
    expect(left).toEqual([]);
    // The entry beside it is as good as ever.
    const { root, folder } = fresh();
    writeZip(join(root, 'videos.zip'), [{ name: 'data/b.mp4', data: text('b') }, input]);
    const archives = await Archives.open(root);
    expect(await folder.use(archives.find('data/b.mp4', 'file') as Packed, readBack)).toEqual(text('b'));
    archives.close();
  });

  it('a bad picture spoils its folder and no other', async () => {
    const frames = [1, 2].map((i) => ({ name: `f/${i}.jpg`, data: text(`${i}`), says: i === 2 ? { crc32: 1 } : {} }));
    const { failure, left } = await got(frames, 'f', 'folder');
    expect([failure?.code, left]).toEqual(['archive-entry', []]);
  });
});

describe('what is wrong with an archive', () => {
  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['no zip', Buffer.from('PK')],
    ['a web page', Buffer.from('<!doctype html>'.repeat(100))],
    ['cut off', zipBytes([A]).subarray(0, -30)],
    ['its first half is missing', zipBytes([A, { ...A, name: 'b' }]).subarray(-60)],
    ['a directory that is garbage', Buffer.concat([Buffer.alloc(100), zipBytes([A]).subarray(-22)])],
  ])('%s: it is told, others are read', async (_, bytes) => {
    const { root } = fresh();
    writeFileSync(join(root, 'bad.zip'), bytes);
    writeFileSync(join(root, 'more.tar.gz'), 'x');
    writeFileSync(join(root, 'eval_mvbench.json.gz'), 'x');
    writeZip(join(root, 'good.zip'), [A]);
    const archives = await Archives.open(root);
    expect(archives.unread).toEqual([
      { archive: 'bad.zip', reason: expect.stringMatching(/^archive-unreadable: .*bad\.zip/) },
      { archive: 'more.tar.gz', reason: expect.stringContaining('unpack') },
    ]);
    expect(archives.find('data/a.mp4', 'file')?.fault).toBeUndefined();
    archives.close();
  });

  it('a directory that holds more than it counts is not believed', async () => {
    const { root } = fresh();
    const bytes = zipBytes([A, { ...A, name: 'data/b.mp4' }]);
    bytes.writeUInt16LE(1, bytes.length - 12); // entries in all
    writeFileSync(join(root, 'short.zip'), bytes);
    const archives = await Archives.open(root);
    expect(archives.unread).toMatchObject([{ reason: expect.stringContaining('more entries than it says') }]);
    archives.close();
  });

  it('garbage of any kind: an answer or an error of ours, and nothing outside the folder', async () => {
    const whole = zipBytes([
      A,
      { name: 'data/b.mp4', data: text('b'), stored: true },
      { ...A, zip64: true, name: 'c' },
    ]);
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    const { root, store, folder } = fresh();
    mkdirSync(join(root, 'zips'));
    const file = join(root, 'zips/x.zip');
    const outcomes = { right: 0, refused: 0, absent: 0 };
    for (let round = 0; round < 120; round++) {
      const bytes = Buffer.from(whole);
      for (let hits = 0; hits <= random(4); hits++) bytes[random(bytes.length)] = random(256);
      writeFileSync(file, random(5) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
      const archives = await Archives.open(join(root, 'zips'));
      for (const [place, data] of [
        ['data/a.mp4', A.data],
        ['data/b.mp4', text('b')],
        ['c', A.data],
      ] as const) {
        const packed = archives.find(place, 'file');
        if (!packed) outcomes.absent++;
        else
          await folder.use(packed, readBack).then(
            (found) => {
              expect(found.equals(data)).toBe(true);
              outcomes.right++;
            },
            (error: { code?: string }) => {
              expect(error.code).toBe('archive-entry');
              outcomes.refused++;
            },
          );
      }
      archives.close();
    }
    expect(readdirSync(root).sort()).toEqual(['store', 'zips']);
    expect(readdirSync(store).filter((name) => !/^[0-9a-f]{64}(\.mp4)?$/.test(name))).toEqual([]);
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(25);
  });
});
