// A small world on disk: readable media, valid rows, kept files on a second run, bad files that decoding refuses.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256File } from '../base/hash.ts';
import { loadSamples } from '../data/read.ts';
import { decodeImage, loadClip, profiles } from '../media/index.ts';
import { plantBadFiles } from './bad-files.ts';
import { makeWorld, type WorldFiles } from './dataset.ts';
import { generateScene, sceneSeed } from './generate.ts';
import { renderScene } from './render.ts';

const options = { seed: 4, train: 14, heldOut: 6, questionsPerScene: 2 };
let dir: string;
let world: WorldFiles;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'world-'));
  world = await makeWorld(dir, options);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Mean absolute difference per channel value. */
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;

describe('makeWorld', () => {
  it('writes valid rows whose media exist and show the rendered scene', async () => {
    const rows = await loadSamples([world.trainPath, world.heldOutPath]);
    expect(rows).toHaveLength(world.train.length + world.heldOut.length);
    expect(rows.every(({ path }) => existsSync(join(dir, path)))).toBe(true);
    for (const [index, path] of new Map(world.train.map((row) => [Number(row.path.match(/\d+/)?.[0]), row.path]))) {
      const scene = generateScene({ seed: sceneSeed(options.seed, 'train', index), split: 'train' });
      const frames = renderScene(scene);
      if (scene.data_type === 'image') {
        expect((await decodeImage(join(dir, path))).data).toEqual(frames[0].data);
        continue;
      }
      const clip = await loadClip(join(dir, path), profiles.micro);
      expect(clip).toMatchObject({ sourceFps: 8, sourceFrames: 32, durationSeconds: 4 });
      for (const [i, at] of clip.indices.entries())
        expect(difference(clip.frames[i].data, frames[at].data)).toBeLessThan(4);
    }
  });
  it('keeps finished files, repairs a damaged one, and comes to the same rows', async () => {
    const media = [...new Set([...world.train, ...world.heldOut].map(({ path }) => join(dir, path)))];
    const before = await Promise.all(media.map(sha256File));
    await writeFile(media[0], 'damaged');
    await rm(media[1]);
    const progress: number[] = [];
    const again = await makeWorld(dir, { ...options, onProgress: (done) => progress.push(done) });
    expect(again).toMatchObject({ written: 2, kept: 18 });
    expect(await Promise.all(media.map(sha256File))).toEqual(before);
    expect(again.train).toEqual(world.train);
    expect(progress).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
  it('grows without touching what is there', async () => {
    const more = await makeWorld(dir, { ...options, train: 16 });
    expect(more).toMatchObject({ written: 2, kept: 20 });
    expect(more.train.slice(0, world.train.length)).toEqual(world.train);
  });
  it('stops when asked to', async () => {
    await expect(makeWorld(dir, { ...options, train: 40, signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('plantBadFiles', () => {
  it('writes four files, each refused for its own reason', async () => {
    const rows = await plantBadFiles(dir, 1);
    const codes = await Promise.all(
      rows.map((row) =>
        loadClip(join(dir, row.path), profiles.micro).then(
          () => 'loaded',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(Object.fromEntries(rows.map((row, i) => [row.problem_id, codes[i]]))).toEqual({
      'bad-zero-bytes': 'media-empty',
      'bad-truncated': 'media-truncated',
      'bad-text': 'media-not-video',
      'bad-audio-only': 'media-no-video-stream',
    });
    expect((await readFile(join(dir, 'bad/audio-only.mp4'))).length).toBeGreaterThan(16000);
  });
});
