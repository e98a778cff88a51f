// Display matrices as phones write them, and quarter turns of pixels.
import { describe, expect, it } from 'vitest';
import { clockwiseDegrees, rotateRgb } from './rotate.ts';

function matrix(a: number, b: number, c: number, d: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(36));
  for (const [i, v] of [a, b, 0, c, d, 0, 0, 0, 0x40000000].entries()) out.setInt32(i * 4, v, true);
  return new Uint8Array(out.buffer);
}
const ONE = 65536;
/** One byte per pixel written into all three channels. */
const rgb = (...pixels: number[]) => Uint8Array.from(pixels.flatMap((p) => [p, p, p]));

describe('rotation', () => {
  it('reads quarter turns', () => {
    expect(clockwiseDegrees(null)).toBe(0);
    expect(clockwiseDegrees(matrix(ONE, 0, 0, ONE))).toBe(0);
    expect(clockwiseDegrees(matrix(0, ONE, -ONE, 0))).toBe(90);
    expect(clockwiseDegrees(matrix(-ONE, 0, 0, -ONE))).toBe(180);
    expect(clockwiseDegrees(matrix(0, -ONE, ONE, 0))).toBe(270);
  });

  it('turns pixels clockwise', () => {
    const wide = rgb(1, 2, 3, 4, 5, 6); // 3 wide, 2 high: 123 over 456
    expect(rotateRgb(wide, 3, 2, 0)).toBe(wide);
    expect(rotateRgb(wide, 3, 2, 90)).toEqual(rgb(4, 1, 5, 2, 6, 3));
    expect(rotateRgb(wide, 3, 2, 180)).toEqual(rgb(6, 5, 4, 3, 2, 1));
    expect(rotateRgb(wide, 3, 2, 270)).toEqual(rgb(3, 6, 2, 5, 1, 4));
  });
});
