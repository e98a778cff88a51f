// Sampling: rounding, the short-clip rule, even counts. The full comparison with torch is test/parity/media.test.ts.
import { describe, expect, it } from 'vitest';
import {
  ceilByFactor,
  floorByFactor,
  frameIndices,
  roundByFactor,
  roundHalfEven,
  smartNframes,
  uniformTimes,
} from './sampling.ts';

describe('sampling', () => {
  it('rounds ties to even, as Python does', () => {
    expect([0.5, 1.5, 2.5, -1.5, -2.5, 2.4999, 3.7].map(roundHalfEven)).toEqual([0, 2, 2, -2, -2, 2, 4]);
    expect([roundByFactor(42, 28), roundByFactor(70, 28), roundByFactor(5, 2), roundByFactor(3, 2)]).toEqual([
      56, 56, 4, 4,
    ]);
    expect([ceilByFactor(29, 28), floorByFactor(55, 28)]).toEqual([56, 28]);
  });

  it('takes first and last frame and never throws on a short clip: frames repeat in order', () => {
    expect(frameIndices(32, 8)).toEqual([0, 4, 9, 13, 18, 22, 27, 31]);
    expect(frameIndices(5, 16)).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4]);
    expect(frameIndices(1, 4)).toEqual([0, 0, 0, 0]);
    expect(frameIndices(9, 1)).toEqual([0]);
    expect(frameIndices(0, 4)).toEqual([]);
  });

  it('counts frames: fixed requests are rounded to even and kept for short clips, rates are bounded', () => {
    expect(smartNframes({ nframes: 16 }, 5, 25)).toBe(16);
    expect(smartNframes({ nframes: 7 }, 100, 25)).toBe(8);
    expect(smartNframes({}, 250, 25)).toBe(20);
    expect(smartNframes({}, 25, 25)).toBe(4);
    expect(smartNframes({}, 1_000_000, 25)).toBe(768);
    expect(smartNframes({ fps: 1, maxFrames: 9 }, 1000, 25)).toBe(8);
    expect(smartNframes({}, 1, 25)).toBe(2);
  });

  it('spreads times over the clip, each in the middle of its share', () => {
    expect(uniformTimes(4, 4)).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect(uniformTimes(4, 0)).toEqual([]);
  });
});
