// Which frames, and of what size: 720 cases of qwen-vl-utils' own fetch_video (make/peer_cases.py). Where the peer refuses, ours must give an answer
// all the same, or refuse as well, and the test says which.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { VideorftError } from '../../src/base/errors.ts';
import { videoFrameSize } from '../../src/media/resize.ts';
import { type FrameBudget, frameIndices, sampledFps, smartNframes } from '../../src/media/sampling.ts';
import { fixturePath } from './golden.ts';

interface Case {
  frames: number;
  rate: number;
  budget: { nframes?: number; fps?: number; min_frames?: number; max_frames?: number };
  height: number;
  width: number;
  least: number;
  most: number;
  total: number | null;
  refused?: string;
  indices: number[];
  sampled: number;
  size: [number, number];
}

const { cases } = JSON.parse(gunzipSync(readFileSync(fixturePath('peer-frames', 'cases.json.gz'))).toString()) as {
  cases: Case[];
};
const answered = cases.filter(({ refused }) => refused === undefined);

/** The peer's own default of `total_pixels`: nine tenths of 128,000 tokens. */
const PEER_TOTAL = 128_000 * 28 * 28 * 0.9;

const budgetOf = ({ budget: { nframes, fps, min_frames: minFrames, max_frames: maxFrames } }: Case): FrameBudget =>
  nframes === undefined ? { fps, minFrames, maxFrames } : { nframes };

function ours(one: Case) {
  const n = smartNframes(budgetOf(one), one.frames, one.rate);
  const pixels = {
    minPixels: one.least * 784,
    maxPixels: one.most * 784,
    totalPixels: one.total ?? PEER_TOTAL,
  };
  return {
    indices: frameIndices(one.frames, n),
    sampled: sampledFps(n, one.frames, one.rate),
    size: videoFrameSize(one.height, one.width, n, pixels),
  };
}

describe('frames and sizes of qwen-vl-utils', () => {
  test('the cases span what they should', () => {
    const span = (of: (one: Case) => number) => [Math.min(...answered.map(of)), Math.max(...answered.map(of))];
    expect(answered.length).toBeGreaterThanOrEqual(500);
    expect(span(({ frames }) => frames)).toEqual([expect.closeTo(3, -1), expect.closeTo(5000, -3)]);
    expect(span(({ rate }) => rate)).toEqual([1, 120]);
    expect(span(({ indices }) => indices.length)).toEqual([2, 64]);
    expect(span(({ width, height }) => Math.min(width, height))[0]).toBeLessThan(20);
    expect(span(({ width, height }) => Math.max(width, height))[1]).toBeGreaterThan(3800);
  });

  test('indices, sampled rate and size are identical wherever the peer answers', () => {
    const wrong = answered.flatMap((one) => {
      const { indices, sampled, size } = one;
      const got = ours(one);
      const same = JSON.stringify([got.indices, got.size]) === JSON.stringify([indices, size]);
      return same && Math.abs(got.sampled / sampled - 1) < 1e-12 ? [] : [{ one, got }];
    });
    expect(wrong).toEqual([]);
  });

  test('where the peer refuses a short clip, ours repeats frames; a strip too narrow for it keeps one patch', () => {
    const refused = cases.filter((one) => one.refused !== undefined);
    expect(refused.length).toBeGreaterThan(50);
    for (const one of refused) {
      const label = JSON.stringify(one);
      if (one.refused?.startsWith('ValueError: nframes')) {
        const { indices } = ours({ ...one, height: 100, width: 100 });
        expect(indices.length, label).toBeGreaterThanOrEqual(2);
        expect(Math.max(...indices), label).toBeLessThan(one.frames);
      } else if (one.refused?.startsWith('RuntimeError')) expect(Math.min(...ours(one).size), label).toBe(28);
      else expect(() => ours(one), label).toThrow(VideorftError);
    }
  });
});
