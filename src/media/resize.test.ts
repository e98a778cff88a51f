// Sizes of the paper profile, limits, and the no-copy path. Golden tables are in test/parity/media.test.ts.
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { micro, paperEval, paperTrain, profileFrameSize, profileImageSize } from './profile.ts';
import { resizeFrame, smartResize, videoFrameSize, videoMaxPixels } from './resize.ts';

const frame = (width: number, height: number) => ({
  width,
  height,
  time: 1.5,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256),
});

describe('sizes', () => {
  it('the paper profile has the effective maxima of METHOD.md: 105,369 and 210,739 pixels', () => {
    const budget = (p: typeof paperTrain) => ({ minPixels: p.min_pixels, maxPixels: p.max_pixels });
    expect(videoMaxPixels(paperTrain.nframes, budget(paperTrain))).toBe(105_369);
    expect(videoMaxPixels(paperEval.nframes, budget(paperEval))).toBe(210_739);
  });

  it('small frames are upscaled to the minimum, large ones shrunk below the maximum', () => {
    for (const [height, width] of [
      [84, 84],
      [360, 640],
      [1080, 1920],
      [1920, 1080],
    ]) {
      const [h, w] = profileFrameSize(paperTrain, height, width);
      expect(h % 28 === 0 && w % 28 === 0).toBe(true);
      expect(h * w).toBeLessThanOrEqual(height === 84 ? 336 * 336 : 105_369);
      expect(h * w).toBeGreaterThan(paperTrain.min_pixels * 0.85);
    }
    // Growing rounds up to the factor, so it may pass the maximum, as in the reference.
    expect(profileFrameSize(paperTrain, 84, 84)).toEqual([336, 336]);
    expect(profileFrameSize(micro, 84, 84)).toEqual([84, 84]);
    expect(profileImageSize(micro, 84, 84)).toEqual([84, 84]);
  });

  it('many frames share the budget of the whole video', () => {
    expect(videoMaxPixels(32)).toBe(768 * 784);
    expect(videoMaxPixels(768)).toBe(Math.floor(128 * 784 * 1.05));
    expect(videoMaxPixels(128)).toBe((24576 * 784 * 2) / 128);
    expect(videoFrameSize(1080, 1920, 128)).toEqual(
      smartResize(1080, 1920, { minPixels: 128 * 784, maxPixels: 384 * 784 }),
    );
  });

  it('refuses an aspect ratio above 200', async () => {
    expect(smartResize(28, 5600)).toEqual([28, 5600]);
    const error = await failureOf((async () => smartResize(28, 5601))());
    expect(error.code).toBe('media-aspect-ratio');
    expect(error.describe()).toContain('200');
  });
});

describe('resizeFrame', () => {
  it('returns the very same frame for the same size', () => {
    const source = frame(20, 10);
    expect(resizeFrame(source, 10, 20)).toBe(source);
  });

  it('keeps time, constant pictures, and averages when shrinking', () => {
    const grey = { ...frame(40, 30), data: new Uint8Array(40 * 30 * 3).fill(77) };
    for (const arithmetic of ['pillow', 'torchvision'] as const) {
      const out = resizeFrame(grey, 12, 56, 'bicubic', arithmetic);
      expect(out).toMatchObject({ width: 56, height: 12, time: 1.5 });
      expect(new Set(out.data)).toEqual(new Set([77]));
    }
    const stripes = {
      ...frame(64, 64),
      data: new Uint8Array(64 * 64 * 3).map((_, i) => (Math.floor(i / 3) % 2) * 200),
    };
    const small = resizeFrame(stripes, 8, 8, 'bilinear');
    for (const value of small.data) expect(Math.abs(value - 100)).toBeLessThanOrEqual(5);
  });
});
