// Encoding: what comes back, the same bytes every time, atomic writing, useful errors, and a clean process exit.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder, squareLeft } from '../../test/support/media.ts';
import { decodeClip } from './decode.ts';
import { encodeVideo, encodeVideoToBuffer, rationalFps } from './encode.ts';
import { probe } from './open.ts';

const at = await scratchFolder();

describe('encodeVideo', () => {
  it('writes what decodeClip reads: every frame in place, colours close, times true', async () => {
    const frames = movingSquare(32);
    await encodeVideo(at('square.mp4'), frames, { fps: 8 });
    expect(await probe(at('square.mp4'))).toMatchObject({
      width: 84,
      height: 84,
      fps: 8,
      frameCount: 32,
      durationSeconds: 4,
      codec: 'h264',
      notes: [],
    });
    const clip = await decodeClip(at('square.mp4'), { indices: frames.map((_, i) => i) });
    expect(clip.frames.map((frame) => frame.time)).toEqual(frames.map((_, i) => i / 8));
    expect(clip.frames.map((frame) => squareLeft(frame))).toEqual(frames.map((_, i) => 4 + i));
    const errors = clip.frames.map((frame, i) => {
      const off = frame.data.reduce((sum, v, j) => sum + Math.abs(v - frames[i].data[j]), 0);
      return off / frame.data.length;
    });
    expect(Math.max(...errors)).toBeLessThan(1);
    const inside = (30 * 84 + 4 + 10) * 3;
    expect(
      [...clip.frames[0].data.subarray(inside, inside + 3)].map((v, c) => Math.abs(v - [230, 50, 50][c]) < 8),
    ).toEqual([true, true, true]);
  });

  it('gives the same bytes for the same frames, with the index in front', async () => {
    const frames = movingSquare(16);
    const first = await encodeVideoToBuffer(frames, { fps: 8 });
    await encodeVideo(at('again.mp4'), movingSquare(16), { fps: 8 });
    expect(Buffer.compare(first, await readFile(at('again.mp4')))).toBe(0);
    const text = Buffer.from(first).toString('latin1');
    expect(text.indexOf('moov')).toBeLessThan(text.indexOf('mdat'));
    const other = await encodeVideoToBuffer(frames, { fps: 8, crf: 40 });
    expect(other.length).toBeLessThan(first.length);
  });

  it('keeps fractional rates', async () => {
    expect(rationalFps(29.97)).toEqual({ fpsNum: 30000, fpsDen: 1001 });
    expect(rationalFps(23.976)).toEqual({ fpsNum: 24000, fpsDen: 1001 });
    expect(rationalFps(12.5)).toEqual({ fpsNum: 12500, fpsDen: 1000 });
    expect(rationalFps(8)).toEqual({ fpsNum: 8, fpsDen: 1 });
    await encodeVideo(at('ntsc.mp4'), movingSquare(30, 48, 32), { fps: 29.97 });
    const clip = await decodeClip(at('ntsc.mp4'), { indices: [0, 1, 29] });
    expect(clip.sourceFps).toBeCloseTo(30000 / 1001, 6);
    expect(clip.frames[2].time).toBeCloseTo((29 * 1001) / 30000, 4);
  });

  it('leaves nothing behind when it fails, and an older file untouched', async () => {
    await mkdir(at('atomic'));
    await writeFile(at('atomic/old.mp4'), 'old');
    const mixed = [...movingSquare(2), ...movingSquare(1, 40, 40)];
    expect((await failureOf(encodeVideo(at('atomic/old.mp4'), mixed, { fps: 8 }))).describe()).toContain(
      'frame 2 is 40×40',
    );
    await mkdir(at('atomic/folder.mp4'));
    await expect(encodeVideo(at('atomic/folder.mp4'), movingSquare(2), { fps: 8 })).rejects.toThrow();
    expect((await readdir(at('atomic'))).sort()).toEqual(['folder.mp4', 'old.mp4']);
    expect(await readFile(at('atomic/old.mp4'), 'utf8')).toBe('old');
  });

  it('refuses odd sizes, no frames and impossible rates', async () => {
    for (const [frames, fps] of [
      [movingSquare(1, 85, 84), 8],
      [[], 8],
      [movingSquare(1), 0],
    ] as const) {
      expect((await failureOf(encodeVideo(at('no.mp4'), frames, { fps }))).code).toBe('media-encode');
    }
  });

  it('the process that encoded and decoded exits cleanly', async () => {
    const script = `
      const { encodeVideo, decodeClip } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      const data = new Uint8Array(32 * 32 * 3);
      const path = ${JSON.stringify(at('exit.mp4'))};
      for (let i = 0; i < 20; i++) await encodeVideo(path, [{ width: 32, height: 32, data }], { fps: 8 });
      for (let i = 0; i < 20; i++) await decodeClip(path, { nframes: 4 });
      console.log('done');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout.trim()).toBe('done');
  });
});
