// Frames kept on disk: the same clip as decoded, by content and budget; bounded; whatever happens to its files, a right clip or a decoding.
import { spawn } from 'node:child_process';
import { appendFile, copyFile, mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { picture } from '../../test/parity/golden.ts';
import { movingSquare, scratchFolder } from '../../test/support/media.ts';
import { sha256 } from '../base/hash.ts';
import { setLogLevel } from '../base/log.ts';
import { type Loader, loadAny } from './cache.ts';
import { encodeVideo } from './encode.ts';
import type { Clip } from './frame.ts';
import { FrameStore, PIXELS_VERSION } from './frame-store.ts';
import { micro, paperTrain, type VideoProfile } from './profile.ts';
import { resizeFrame } from './resize.ts';

const at = await scratchFolder();
beforeAll(async () => {
  setLogLevel('silent');
  for (const n of [5, 12, 16]) await encodeVideo(at(`${n}.mp4`), movingSquare(n), { fps: 8 });
});
afterAll(() => setLogLevel('info'));

/** A store over a loader that counts. */
function counted(dir: string, maxBytes = 2 ** 26) {
  let decoded = 0;
  const load: Loader = (...args) => {
    decoded++;
    return loadAny(...args);
  };
  const store = new FrameStore(at(dir), maxBytes);
  return {
    get: (path: string, profile: VideoProfile = micro, options = {}) => store.through(load)(path, profile, options),
    store,
    decoded: () => decoded,
  };
}
/** A clip with hashes in place of pixels: quick to compare. */
const seen = ({ frames, ...facts }: Clip) => ({
  ...facts,
  frames: frames.map((f) => ({ ...f, data: sha256(f.data) })),
});
const files = async (dir: string) => (await readdir(at(dir))).filter((name) => name.endsWith('.frames'));

test('what comes back is what was decoded, frames that repeat as one, also in another process', async () => {
  const first = counted('same');
  const clip = await first.get(at('5.mp4'));
  const second = counted('same');
  const back = await second.get(at('5.mp4'));
  expect([first.decoded(), second.decoded(), second.store.stats]).toEqual([1, 0, { hits: 1, misses: 0 }]);
  expect(seen(back)).toEqual(seen(clip));
  expect(new Set(back.frames).size).toBe(5);
});

test('known by content and budget: another name is the same, another part, budget or content is not; the profile’s name does not matter', async () => {
  const { get, decoded } = counted('keys');
  await get(at('12.mp4'));
  await copyFile(at('12.mp4'), at('other-name.mp4'));
  await get(at('other-name.mp4'));
  await get(at('12.mp4'), { ...micro, name: 'else' });
  expect(decoded()).toBe(1);
  await get(at('12.mp4'), micro, { window: { start: 0.5 } });
  await get(at('12.mp4'), { ...micro, nframes: 4 });
  await get(at('12.mp4'), { ...micro, short: 'fewer' });
  await get(at('12.mp4'), paperTrain);
  expect(decoded()).toBe(5);
  await copyFile(at('16.mp4'), at('other-name.mp4'));
  expect((await get(at('other-name.mp4'))).sourceFrames).toBe(16);
});

test('an error is not kept, and says what the decoder says', async () => {
  const { get } = counted('errors');
  await expect(get(at('gone.mp4'))).rejects.toMatchObject({ code: 'media-missing' });
  await writeFile(at('late.mp4'), 'no video');
  await expect(get(at('late.mp4'))).rejects.toMatchObject({ code: 'media-not-video' });
});

describe('damage', () => {
  const damages: [string, (file: string) => Promise<void>][] = [
    ['cut', async (file) => truncate(file, (await stat(file)).size - 1)],
    ['emptied', (file) => truncate(file, 0)],
    ['longer', (file) => appendFile(file, 'x')],
    ['the checksum of nothing', (file) => writeFile(file, '00000000\n')],
    ['garbage', (file) => writeFile(file, 'garbage\n{}\n')],
    ...[3, 40, 9000].map((place): [string, (file: string) => Promise<void>] => [
      `one bit at ${place}`,
      async (file) => {
        const bytes = await readFile(file);
        bytes[place] ^= 4;
        await writeFile(file, bytes);
      },
    ]),
  ];
  test.each(damages)('%s: decoded anew, and right from then on', async (name, damage) => {
    const dir = `damage-${name.replaceAll(' ', '-')}`;
    const clip = await counted(dir).get(at('12.mp4'));
    const [file] = await files(dir);
    await damage(join(at(dir), file));
    const after = counted(dir);
    expect(seen(await after.get(at('12.mp4')))).toEqual(seen(clip));
    expect(after.decoded()).toBe(1);
    const again = counted(dir);
    expect(seen(await again.get(at('12.mp4')))).toEqual(seen(clip));
    expect(again.decoded()).toBe(0);
  });

  test('a folder that cannot be written costs nothing but decodings', async () => {
    await writeFile(at('a-file'), '');
    const { get, decoded } = counted('a-file/frames');
    const clips = [await get(at('12.mp4')), await get(at('12.mp4'))];
    expect([decoded(), clips[1].frames.length]).toEqual([2, 8]);
  });
});

describe('the limit', () => {
  const clipSize = 8 * 84 * 84 * 3;

  test('what was used longest ago goes; what others wrote counts', async () => {
    const { get, decoded } = counted('limit', 11 * clipSize);
    const budgets = Array.from({ length: 14 }, (_, i) => ({ ...micro, min_pixels: 84 * 84 - i }));
    await get(at('16.mp4'), budgets[0]);
    const [first] = await files('limit');
    for (const budget of budgets.slice(1, 10)) await get(at('16.mp4'), budget);
    expect(await files('limit')).toHaveLength(10);
    // The first is the oldest by far, and used again.
    const hoursAgo = (hours: number) => new Date(Date.now() - 3_600_000 * hours);
    for (const name of await files('limit')) {
      const past = hoursAgo(name === first ? 2 : 1);
      await utimes(join(at('limit'), name), past, past);
    }
    await get(at('16.mp4'), budgets[0]);
    const other = counted('limit', 11 * clipSize);
    for (const budget of budgets.slice(10)) await other.get(at('16.mp4'), budget);
    const kept = await files('limit');
    expect(kept.length).toBeGreaterThan(4);
    expect(kept.length).toBeLessThanOrEqual(10);
    const before = decoded();
    await get(at('16.mp4'), budgets[0]);
    expect(decoded()).toBe(before);
  });

  test('a clip that would take a tenth of it is not kept; drafts that a killed process left go', async () => {
    const { get, decoded } = counted('small', 5 * clipSize);
    await get(at('16.mp4'));
    await get(at('16.mp4'));
    expect(decoded()).toBe(2);
    await mkdir(at('drafts'), { recursive: true });
    const draft = at('drafts/.1-abcdef.tmp');
    await writeFile(draft, 'x');
    await utimes(draft, new Date(0), new Date(0));
    await writeFile(at('drafts/.2-abcdef.tmp'), 'of one that is at work');
    await counted('drafts').get(at('16.mp4'));
    expect((await readdir(at('drafts'))).filter((name) => name.endsWith('.tmp'))).toEqual(['.2-abcdef.tmp']);
  });
});

test('three processes at once, one of them killed: every clip is right', async () => {
  const script = `
    import { FrameStore } from ${JSON.stringify(join(import.meta.dirname, 'frame-store.ts'))};
    import { loadAny } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
    const load = new FrameStore(${JSON.stringify(at('shared'))}, ${12 * 8 * 84 * 84 * 3}).through(loadAny);
    const micro = ${JSON.stringify(micro)};
    for (let i = 0; i < 60; i++) {
      const clip = await load(${JSON.stringify(at('16.mp4'))}, { ...micro, min_pixels: 7056 - (i % 20) });
      if (clip.frames.length !== 8 || clip.frames[7].data[(30 * 84 + 30) * 3] < 150) throw new Error('wrong clip');
      if (i === 3) console.log('going');
    }`;
  const start = () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const children = [start(), start(), start()];
  children[0].stdout.once('data', () => children[0].kill('SIGKILL'));
  const ends = await Promise.all(
    children.map((child) => new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))),
  );
  expect(ends).toEqual(['SIGKILL', 0, 0]);
  const { get } = counted('shared');
  expect(seen(await get(at('16.mp4')))).toEqual(seen(await loadAny(at('16.mp4'), micro)));
});

test('pixels are what this version says: where they change, raise PIXELS_VERSION and put the new hash here', () => {
  const frame = { width: 97, height: 61, time: 0, data: picture(61, 97, 1) };
  const hash = (arithmetic: 'pillow' | 'torchvision') =>
    sha256(resizeFrame(frame, 84, 112, 'bicubic', arithmetic).data);
  expect([PIXELS_VERSION, hash('torchvision').slice(0, 16), hash('pillow').slice(0, 16)]).toEqual([
    2,
    '97340f8e99f85b5a',
    '37d7213e1f75ef53',
  ]);
});
