// The six benchmarks as their releases come, videos in zips: the same questions and pixels as unpacked, checked without unpacking anything, and what is
// wrong with an archive told where the video would be.
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import { writeZip } from '../../../test/support/zip.ts';
import { zipRelease } from '../../../test/support/zipped-release.ts';
import { UnpackedFolder } from '../../data/archives/index.ts';
import { loadAny } from '../../media/index.ts';
import { ArchivedMedia } from '../archived.ts';
import { ProtocolLoader } from '../load.ts';
import { type Protocol, protocols } from '../protocol.ts';
import { pixelHash } from '../row.ts';
import { checkBenchmark, formatCheck } from './check.ts';
import { benchmarkNames, findBenchmark } from './index.ts';
import { type BenchmarkRows, readBenchmark } from './read.ts';

const fixtures = join(import.meta.dirname, '../../../test/fixtures/benchmarks');
const protocol = {
  ...(protocols.find(({ name }) => name === 'micro') as Protocol),
  wording: 'paper',
  subtitles: true,
} as const;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'videorft-zips-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = (name: string) => mkdtempSync(join(scratch, name));

function loaderOf(rows: BenchmarkRows, into = folder('store')): ProtocolLoader {
  const { root, archives, packed } = rows;
  if (!archives) throw new Error('there are no archives');
  const media = new ArchivedMedia({ root, archives, packed, folder: new UnpackedFolder(into, 1e6) });
  return new ProtocolLoader(root, protocol, {
    load: media.loader(loadAny, (load) => load),
    text: (file) => media.text(file),
  });
}

describe.each(benchmarkNames)('%s', (name) => {
  it('in zips: the same questions, prompts and pixels as unpacked; the check unpacks nothing', async () => {
    const dir = folder(name);
    const zips = zipRelease(name, dir);
    const before = readdirSync(dir, { recursive: true }).sort();
    const check = await checkBenchmark(dir, findBenchmark(name));
    expect([check.rows.missingMedia, check.corrupt, check.packed]).toEqual([[], [], check.media]);
    const videos = [...zips.keys()].length;
    expect(formatCheck(check)).toContain(`${check.packed} of them in ${videos} zip`);
    const [plain, zipped] = [
      await readBenchmark(join(fixtures, name), findBenchmark(name)),
      await readBenchmark(dir, findBenchmark(name)),
    ];
    expect(zipped.questions).toEqual(plain.questions);
    const [disk, archive] = [new ProtocolLoader(plain.root, protocol), loaderOf(zipped)];
    for (const question of plain.questions) {
      const [a, b] = [await disk.prompt(question), await archive.prompt(question)];
      expect(b.messages).toEqual(a.messages);
      expect(a.clip && b.clip && pixelHash(b.clip) === pixelHash(a.clip)).toBe(true);
    }
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
    zipped.archives?.close();
  });
});

it('VideoMMMU: the videos without what is taught have the same names, and are not taken', async () => {
  const dir = folder('mmmu');
  const zips = zipRelease('videommmu', dir);
  const other = [...zips.values()].flat().map(({ name }) => ({ name, data: Buffer.from('another video') }));
  writeZip(join(dir, 'question_only_videos.zip'), other);
  const { corrupt, packed, rows } = await checkBenchmark(dir, findBenchmark('videommmu'));
  expect([corrupt, packed, rows.missingMedia]).toEqual([[], 2, []]);
});

describe('what is wrong is told by --check and by the question', () => {
  it('an encrypted entry, a web page in place of a video, a missing one', async () => {
    const dir = folder('vsi');
    zipRelease('vsibench', dir, (entry) =>
      String(entry.name).startsWith('scannetpp')
        ? { ...entry, says: { flags: 0x801 } }
        : { ...entry, data: Buffer.from('<!doctype html>') },
    );
    const text = formatCheck(await checkBenchmark(dir, findBenchmark('vsibench')));
    expect(text).toContain('videos: 2 = 0 readable + 2 corrupt + 0 missing, 2 of them in 2 zips');
    expect(text).toMatch(/scannetpp\/45b0dac5e3\.mp4: scannetpp\.zip, scannetpp\/45b0dac5e3\.mp4: it is encrypted/);
    expect(text).toMatch(/41069025\.mp4: arkitscenes\.zip, .*no video's \(text\)/);
    const rows = await readBenchmark(dir, findBenchmark('vsibench'));
    const loader = loaderOf(rows);
    const failures = await Promise.all(rows.questions.map((question) => failureOf(loader.prompt(question))));
    expect(failures.map(({ code }) => code).sort()).toEqual(['archive-entry', 'media-not-video', 'media-not-video']);
    const page = failures.find(({ code }) => code === 'media-not-video');
    expect([page?.message, page?.facts.file]).toEqual([
      expect.stringContaining('arkitscenes.zip, arkitscenes/41069025.mp4'),
      'arkitscenes.zip, arkitscenes/41069025.mp4',
    ]);
    rows.archives?.close();
  });

  it('an archive that is cut off, and one of another kind: what is missing, and why it may be', async () => {
    const dir = folder('vsi');
    zipRelease('vsibench', dir);
    truncateSync(join(dir, 'scannetpp.zip'), 1000);
    writeFileSync(join(dir, 'more.tar.gz'), 'x');
    const text = formatCheck(await checkBenchmark(dir, findBenchmark('vsibench')));
    expect(text).toContain('videos: 2 = 1 readable + 0 corrupt + 1 missing, 1 of them in 1 zip');
    expect(text).toContain('archives not read: 2');
    expect(text).toMatch(/scannetpp\.zip: archive-unreadable: .*truncated/);
    expect(text).toContain('more.tar.gz: only zips are read: unpack it');
  });

  it('damage in the middle of a video: found when it is needed, an error of that video alone', async () => {
    const dir = folder('mme');
    zipRelease('videomme', dir, (entry) =>
      String(entry.name).includes('bbb') ? { ...entry, stored: true, says: { crc32: 1 } } : entry,
    );
    expect((await checkBenchmark(dir, findBenchmark('videomme'))).corrupt).toEqual([]);
    const rows = await readBenchmark(dir, findBenchmark('videomme'));
    const loader = loaderOf(rows);
    const outcomes = await Promise.allSettled(rows.questions.map((question) => loader.prompt(question)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(outcomes[2]).toMatchObject({
      reason: { code: 'archive-entry', message: expect.stringContaining('checksum') },
    });
    rows.archives?.close();
  });
});
