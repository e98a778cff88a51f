// The font: complete, distinct, readable; drawing is clipped and leaves the rest alone.
import { describe, expect, it } from 'vitest';
import { drawText, glyphs, textWidth } from './font.ts';

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-×÷=?.% ';

describe('font', () => {
  it('has every promised character once, as seven rows of five bits, all different', () => {
    expect(Object.keys(glyphs).sort()).toEqual([...CHARACTERS].sort());
    for (const rows of Object.values(glyphs)) {
      expect(rows).toHaveLength(7);
      for (const row of rows) expect(row).toBeLessThan(32);
    }
    expect(new Set(Object.values(glyphs).map(String)).size).toBe([...CHARACTERS].length);
  });

  it('draws ink exactly where the glyph has bits, at the scale', () => {
    const [width, height] = [20, 20];
    const rgb = new Uint8Array(width * height * 3);
    drawText(rgb, width, height, 'T', 2, 3, 2, [240, 1, 2]);
    const ink = (x: number, y: number) => rgb[(y * width + x) * 3] === 240;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [col, row] = [Math.floor((x - 2) / 2), Math.floor((y - 3) / 2)];
        const expected = col >= 0 && col < 5 && row >= 0 && row < 7 && (row === 0 || col === 2);
        expect(ink(x, y), `${x},${y}`).toBe(expected);
      }
    }
  });

  it('clips at the border, writes small letters as capitals, unknown signs as question marks', () => {
    const draw = (text: string, x: number) => {
      const rgb = new Uint8Array(10 * 8 * 3);
      drawText(rgb, 10, 8, text, x, 0, 1, [255, 255, 255]);
      return rgb;
    };
    expect(draw('a', 0)).toEqual(draw('A', 0));
    expect(draw('~', 0)).toEqual(draw('?', 0));
    expect(draw('A', 8).some((v) => v > 0)).toBe(true);
    expect(draw('A', 30).every((v) => v === 0)).toBe(true);
    expect(draw('A', -30).every((v) => v === 0)).toBe(true);
  });

  it('knows its width', () => {
    expect([textWidth('', 2), textWidth('A', 2), textWidth('STOP', 2)]).toEqual([0, 10, 46]);
  });
});
