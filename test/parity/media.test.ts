// media/ against torch, transformers, qwen-vl-utils, Pillow, torchvision and PyAV: golden values made by make/media.py.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeClip, type Frame, probe } from '../../src/media/index.ts';
import { type ResampleMethod, resampleRgb } from '../../src/media/resample.ts';
import { smartResize } from '../../src/media/resize.ts';
import { frameIndices, smartNframes } from '../../src/media/sampling.ts';
import { picture, sha256 } from './golden.ts';

interface Golden {
  indices: { counts: number[]; totals: [number, number]; sha256: string; sample: [number, number, number[]][] };
  sizes: [number, number, number, number, number, number][];
  nframes: [number, number, { nframes?: number; fps?: number; min_frames?: number; max_frames?: number }, number][];
  resized: {
    from: [number, number];
    to: [number, number];
    seed: number;
    method: ResampleMethod;
    sha256: string;
    pillow?: string;
    torchvision?: string;
  }[];
  clips: Record<
    string,
    {
      frames: number;
      width: number;
      height: number;
      codec: string;
      average_rate: number;
      indices: number[];
      times: number[];
      mean_rgb: number[][];
    }
  >;
}

const golden = JSON.parse(readFileSync(new URL('./fixtures/media.json', import.meta.url), 'utf8')) as Golden;

/** Keeps the frame's time but only a few of its pixels, so that hundreds of frames fit in memory. */
function tiny(frame: Frame): Frame {
  const data = new Uint8Array(Math.floor(frame.data.length / 192) * 3);
  for (let i = 0; i < data.length; i += 3) data.set(frame.data.subarray(i * 64, i * 64 + 3), i);
  return { ...frame, data };
}

function channelMeans(data: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i++) sums[i % 3] += data[i];
  return sums.map((sum) => (sum * 3) / data.length);
}

function differences(a: Uint8Array, b: Uint8Array): { mean: number; max: number } {
  const all = [...a].map((v, i) => Math.abs(v - b[i]));
  return { mean: all.reduce((x, y) => x + y, 0) / all.length, max: Math.max(...all) };
}

describe('sampling', () => {
  it('frameIndices is torch.linspace(0, total - 1, n).round(), for 31,479 pairs', () => {
    for (const [total, n, expected] of golden.indices.sample) expect(frameIndices(total, n)).toEqual(expected);
    const hash = createHash('sha256');
    for (let total = golden.indices.totals[0]; total < golden.indices.totals[1]; total++) {
      for (const n of golden.indices.counts)
        hash.update(new Uint8Array(Int32Array.from(frameIndices(total, n)).buffer));
    }
    expect(hash.digest('hex')).toBe(golden.indices.sha256);
  });

  it('smartNframes is smart_nframes wherever the reference does not throw', () => {
    for (const [total, fps, ele, expected] of golden.nframes) {
      const budget =
        ele.nframes === undefined
          ? { fps: ele.fps, minFrames: ele.min_frames, maxFrames: ele.max_frames }
          : { nframes: ele.nframes };
      expect(smartNframes(budget, total, fps), JSON.stringify({ total, fps, ele })).toBe(expected);
    }
  });
});

describe('resizing', () => {
  it('smartResize is smart_resize of transformers', () => {
    expect(golden.sizes.length).toBe(250);
    for (const [height, width, minPixels, maxPixels, h, w] of golden.sizes) {
      const got = smartResize(height, width, { factor: 28, minPixels, maxPixels });
      expect(got, JSON.stringify({ height, width, minPixels, maxPixels })).toEqual([h, w]);
    }
  });

  it('resampled pixels are those of Pillow, bit for bit', () => {
    for (const { from, to, seed, method, sha256: expected, pillow } of golden.resized) {
      const got = resampleRgb(picture(...from, seed), from, to, method);
      const label = `${from} → ${to} ${method}`;
      if (pillow) expect(differences(got, Buffer.from(pillow, 'base64')), label).toEqual({ mean: 0, max: 0 });
      expect(sha256(got), label).toBe(expected);
    }
  });

  it('resampled pixels are those of torchvision with antialias, within one rounding step', () => {
    const rows = golden.resized.filter((row) => row.torchvision);
    expect(rows.length).toBeGreaterThan(5);
    for (const { from, to, seed, method, torchvision } of rows) {
      const got = resampleRgb(picture(...from, seed), from, to, method, 'torchvision');
      const { mean, max } = differences(got, Buffer.from(torchvision!, 'base64'));
      expect(mean, `${from} → ${to} ${method}`).toBeLessThan(0.05);
      expect(max, `${from} → ${to} ${method}`).toBeLessThanOrEqual(1);
    }
  });
});

describe('real clips against PyAV', () => {
  const folder = new URL('../../../shared/data/clips/', import.meta.url);
  for (const [name, expected] of Object.entries(golden.clips)) {
    const url = new URL(name, folder);
    const here = existsSync(url);
    const label = here ? name : `${name} (skipped: shared/data/clips is not beside the repository)`;
    it.skipIf(!here)(`${label}: size, count, times and mean colours`, async () => {
      const info = await probe(url.pathname);
      expect(info).toMatchObject({ width: expected.width, height: expected.height, codec: expected.codec });
      expect(info.frameCount).toBe(expected.frames);
      const clip = await decodeClip(url.pathname, { indices: expected.indices });
      clip.frames.forEach((frame, i) => {
        expect(frame.time).toBeCloseTo(expected.times[i], 4);
        expect(Math.max(...channelMeans(frame.data).map((v, c) => Math.abs(v - expected.mean_rgb[i][c])))).toBeLessThan(
          0.05,
        );
      });
    });

    it.skipIf(!here)(`${label}: no frame is black, times rise by 1 / fps`, async () => {
      const indices = Array.from({ length: expected.frames }, (_, i) => i);
      const clip = await decodeClip(url.pathname, { indices }, { transform: tiny });
      const steps = clip.frames.slice(1).map((frame, i) => frame.time - clip.frames[i].time);
      for (const frame of clip.frames) expect(Math.max(...channelMeans(frame.data))).toBeGreaterThan(10);
      expect(Math.min(...steps)).toBeGreaterThan(0);
      if (name.startsWith('d-')) {
        // A variable-rate file whose header claims 444 frames at 15 per second.
        expect(clip.notes).toHaveLength(2);
        expect(clip.sourceFps).toBeCloseTo(68 / 29.6, 2);
        return;
      }
      expect(clip.sourceFps).toBeCloseTo(expected.average_rate, 3);
      expect(Math.max(...steps.map((step) => Math.abs(step - 1 / expected.average_rate)))).toBeLessThan(0.001);
      expect(clip.notes).toEqual([]);
    });
  }
});
