// Clips under a profile, and the cache: decoded once, bounded, oldest out first, errors not kept.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder, squareLeft } from '../../test/support/media.ts';
import { ClipCache, clipBytes } from './cache.ts';
import { encodeVideo } from './encode.ts';
import type { Clip } from './frame.ts';
import { encodePng } from './image.ts';
import { loadClip } from './load.ts';
import { micro, paperTrain } from './profile.ts';

const at = await scratchFolder();

describe('loadClip', () => {
  it('samples and resizes a video by profile', async () => {
    await encodeVideo(at('square.mp4'), movingSquare(32), { fps: 8 });
    const small = await loadClip(at('square.mp4'), micro);
    expect(small.frames.map((frame) => [frame.width, frame.height])).toEqual(new Array(8).fill([84, 84]));
    const large = await loadClip(at('square.mp4'), paperTrain);
    expect(large.frames).toHaveLength(16);
    expect([large.frames[0].width, large.frames[0].height]).toEqual([336, 336]);
    expect(squareLeft(large.frames[0], 120)).toBeCloseTo(16, -1);
    expect(large.sampledFps).toBe(4);
  });

  it('takes a picture for what it is, whatever its name', async () => {
    await writeFile(at('picture.mp4'), await encodePng(movingSquare(1)[0]));
    const clip = await loadClip(at('picture.mp4'), micro);
    expect(clip).toMatchObject({ sampledFps: 0, sourceFps: 0, sourceFrames: 1, indices: [0] });
    expect(clip.frames).toHaveLength(1);
    expect(squareLeft(clip.frames[0])).toBe(4);
  });
});

describe('more pixels than the caller takes', () => {
  it('are refused before they are decoded, in a video as in a picture', async () => {
    await encodeVideo(at('wide.mp4'), movingSquare(4, 160, 84), { fps: 8 });
    await writeFile(at('wide.png'), await encodePng(movingSquare(1, 160, 84)[0]));
    for (const name of ['wide.mp4', 'wide.png']) {
      const error = await failureOf(loadClip(at(name), micro, { maxPixels: 160 * 84 - 1 }));
      expect([error.code, error.message]).toEqual([
        'media-too-large',
        expect.stringContaining('160×84 pixels are more than 13439'),
      ]);
      expect((await loadClip(at(name), micro, { maxPixels: 160 * 84 })).frames.length).toBeGreaterThan(0);
    }
  });
});

describe('ClipCache', () => {
  const clip = (bytes: number): Clip => {
    const frame = { width: 1, height: 1, data: new Uint8Array(bytes), time: 0 };
    return {
      frames: [frame, frame],
      sampledFps: 1,
      sourceFps: 1,
      sourceFrames: 1,
      durationSeconds: 1,
      indices: [0, 0],
    };
  };

  it('counts a repeated frame once', () => {
    expect(clipBytes(clip(100))).toBe(100);
  });

  it('loads once per path and profile, also when asked at the same time', async () => {
    const loads: string[] = [];
    const cache = new ClipCache(1000, async (path, profile) => {
      loads.push(`${path} ${profile.name}`);
      return clip(100);
    });
    const [one, two] = await Promise.all([cache.get('a', micro), cache.get('a', micro)]);
    expect(two).toBe(one);
    await cache.get('a', micro);
    await cache.get('a', paperTrain);
    expect(loads).toEqual(['a micro', 'a paperTrain']);
    expect(cache.stats).toEqual({ clips: 2, bytes: 200, hits: 2, misses: 2 });
  });

  it('knows content by its identity where one is given, whatever its path', async () => {
    const loads: string[] = [];
    const cache = new ClipCache(1000, async (path) => {
      loads.push(path);
      return clip(100);
    });
    for (const [path, identity] of [
      ['a', 'x'],
      ['b', 'x'],
      ['a', 'y'],
    ])
      await cache.get(path, micro, { identity });
    expect(loads).toEqual(['a', 'a']);
  });

  it('stays within its bytes and drops what was used longest ago', async () => {
    const loads: string[] = [];
    const cache = new ClipCache(250, async (path) => {
      loads.push(path);
      return clip(path === 'huge' ? 900 : 100);
    });
    for (const path of ['a', 'b', 'a', 'c', 'a', 'b', 'huge', 'huge']) await cache.get(path, micro);
    expect(loads).toEqual(['a', 'b', 'c', 'b', 'huge', 'huge']);
    expect(cache.stats.bytes).toBeLessThanOrEqual(250);
  });

  it('does not keep errors', async () => {
    let broken = true;
    const cache = new ClipCache(1000, async () => {
      if (broken) throw new Error('broken');
      return clip(1);
    });
    await expect(cache.get('a', micro)).rejects.toThrow('broken');
    broken = false;
    expect((await cache.get('a', micro)).frames).toHaveLength(2);
  });
});
