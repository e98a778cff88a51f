// Parts of a video, short videos, and folders of frames: which frames are taken is read from the pictures themselves.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder, squareLeft } from '../../test/support/media.ts';
import { ClipCache } from './cache.ts';
import { encodeVideo } from './encode.ts';
import type { Clip } from './frame.ts';
import { loadFrameFolder } from './frame-folder.ts';
import { encodePng } from './image.ts';
import { loadClip } from './load.ts';
import { micro } from './profile.ts';
import { windowFrames } from './sampling.ts';

const at = await scratchFolder();
/** Source frame of each picture: the square of frame i stands at x = 4 + i. */
const shown = (clip: Clip) => clip.frames.map((frame) => squareLeft(frame) - 4);
const near = (found: readonly number[], expected: readonly number[]) =>
  found.forEach((value, i) => void expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1));

describe('a window', () => {
  it('frames lie in it, at their own times, and the rate is that of the part', async () => {
    await encodeVideo(at('long.mp4'), movingSquare(48), { fps: 8 });
    const clip = await loadClip(at('long.mp4'), micro, { window: { start: 2, end: 4 } });
    expect(clip.indices).toEqual([16, 18, 21, 23, 25, 27, 30, 32]);
    near(shown(clip), clip.indices);
    expect(clip.frames.map((frame) => frame.time)).toEqual(clip.indices.map((index) => index / 8));
    expect(clip.sampledFps).toBeCloseTo((8 / 17) * 8, 9);
    const open = await loadClip(at('long.mp4'), micro, { window: { start: 5 } });
    expect([open.indices[0], open.indices.at(-1)]).toEqual([40, 47]);
    const past = await loadClip(at('long.mp4'), micro, { window: { end: 99 } });
    expect(past.indices).toEqual((await loadClip(at('long.mp4'), micro)).indices);
  });

  it.each([
    { start: 6.2, end: 9 },
    { start: 4, end: 3 },
  ])('%j shows nothing: an error that says how long the video is', async (window) => {
    await encodeVideo(at('six.mp4'), movingSquare(48), { fps: 8 });
    const error = await failureOf(loadClip(at('six.mp4'), micro, { window }));
    expect([error.code, error.message]).toEqual(['media-window', expect.stringContaining('lasts 6.00 s')]);
  });

  it('parts of one video are different clips to the cache', async () => {
    await encodeVideo(at('kept.mp4'), movingSquare(48), { fps: 8 });
    const cache = new ClipCache();
    const [a, b] = [{ window: { start: 0, end: 2 } }, { window: { start: 2, end: 4 } }];
    const first = await cache.get(at('kept.mp4'), micro, a);
    expect((await cache.get(at('kept.mp4'), micro, b)).indices).not.toEqual(first.indices);
    expect(await cache.get(at('kept.mp4'), micro, a)).toBe(first);
  });

  it('rounds as Python does, and needs a frame', () => {
    expect(windowFrames(100, 25, { start: 0.1, end: 0.3 })).toEqual({ first: 2, count: 7 });
    expect(windowFrames(10, 3, { start: 0, end: 0 })).toEqual({ first: 0, count: 1 });
    expect(windowFrames(10, 3, { start: -1 })).toEqual({ first: 0, count: 10 });
    expect(windowFrames(10, 3, { start: 4 })).toBeUndefined();
  });
});

it('a short video: frames repeat, or there are fewer, an even number', async () => {
  await encodeVideo(at('short.mp4'), movingSquare(5), { fps: 8 });
  expect((await loadClip(at('short.mp4'), micro)).indices).toHaveLength(8);
  const fewer = await loadClip(at('short.mp4'), { ...micro, short: 'fewer' });
  expect(fewer.indices).toEqual([0, 1, 3, 4]);
  expect(fewer.sampledFps).toBeCloseTo((4 / 5) * 8, 9);
  await encodeVideo(at('enough.mp4'), movingSquare(40), { fps: 8 });
  expect((await loadClip(at('enough.mp4'), { ...micro, short: 'fewer' })).indices).toHaveLength(8);
});

describe('a folder of frames', () => {
  it('is a video of that rate, ordered by number', async () => {
    await mkdir(at('frames'));
    const pictures = movingSquare(24);
    for (const [i, picture] of pictures.entries())
      await writeFile(join(at('frames'), `${i + 1}.png`), await encodePng(picture));
    await writeFile(join(at('frames'), 'notes.txt'), 'no picture');
    const clip = await loadFrameFolder(at('frames'), micro, { fps: 3, window: { start: 2, end: 6 } });
    expect(clip.indices).toEqual([6, 8, 9, 11, 13, 15, 16, 18]);
    expect(shown(clip)).toEqual(clip.indices);
    expect(clip).toMatchObject({ sourceFps: 3, sourceFrames: 24, durationSeconds: 8 });
    expect(clip.sampledFps).toBeCloseTo((8 / 13) * 3, 9);
    expect(clip.frames[1].time).toBeCloseTo(8 / 3, 9);
  });

  it('at another rate is another clip to the cache', async () => {
    const cache = new ClipCache();
    const [slow, fast] = [
      await cache.get(at('frames'), micro, { frameFps: 3 }),
      await cache.get(at('frames'), micro, { frameFps: 6 }),
    ];
    expect([slow.durationSeconds, fast.durationSeconds]).toEqual([8, 4]);
    expect(await cache.get(at('frames'), micro, { frameFps: 3 })).toBe(slow);
  });

  it('missing, empty, or with a picture that is none', async () => {
    expect((await failureOf(loadFrameFolder(at('none'), micro, { fps: 3 }))).code).toBe('media-missing');
    await mkdir(at('empty'));
    expect((await failureOf(loadFrameFolder(at('empty'), micro, { fps: 3 }))).code).toBe('media-empty');
    await mkdir(at('torn'));
    await writeFile(join(at('torn'), '1.jpg'), 'not a picture');
    expect((await failureOf(loadFrameFolder(at('torn'), micro, { fps: 3 }))).code).toBe('media-not-image');
  });
});
