// A block of ink → characters, by comparing its cells with the 5 × 7 glyphs at the scale that the line's height gives.
import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphs } from '../../../media/font.ts';
import { type InkBlock, inkAt } from './ink.ts';
import type { LabelMap } from './labels.ts';

export interface SeenGlyph {
  readonly character: string;
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  /** Mean squared difference from the ideal glyph, 0..1. */
  readonly error: number;
}

const candidates = Object.entries(glyphs)
  .filter(([character]) => /[A-Z0-9+\-=?]/.test(character))
  .map(([character, rows]) => ({
    character,
    cells: rows.flatMap((row) => Array.from({ length: GLYPH_WIDTH }, (_, c) => (row >> (GLYPH_WIDTH - 1 - c)) & 1)),
  }));

/** Mean ink of the 5 × 7 cells of a glyph box. */
function cellsAt(map: LabelMap, left: number, top: number, scale: number): Float32Array {
  const cells = new Float32Array(GLYPH_WIDTH * GLYPH_HEIGHT);
  for (let y = 0; y < GLYPH_HEIGHT * scale; y++) {
    for (let x = 0; x < GLYPH_WIDTH * scale; x++) {
      const cell = Math.floor(y / scale) * GLYPH_WIDTH + Math.floor(x / scale);
      cells[cell] += inkAt(map, left + x, top + y) / (scale * scale);
    }
  }
  return cells;
}

function bestAt(map: LabelMap, left: number, top: number, scale: number): SeenGlyph {
  const cells = cellsAt(map, left, top, scale);
  let best: SeenGlyph = { character: '?', left, top, scale, error: Infinity };
  for (const { character, cells: ideal } of candidates) {
    let error = 0;
    for (let i = 0; i < cells.length; i++) error += (cells[i] - ideal[i]) ** 2;
    error /= cells.length;
    if (error < best.error) best = { character, left, top, scale, error };
  }
  return best;
}

function bestNear(map: LabelMap, lefts: readonly number[], top: number, scale: number): SeenGlyph {
  const seen = lefts.flatMap((left) => [-1, 0, 1].map((dy) => bestAt(map, left, top + dy, scale)));
  return seen.reduce((a, b) => (b.error < a.error ? b : a));
}

/** Scale of a line from its height: 7 cells, give or take a blurred row. */
export const scaleOf = ({ top, bottom }: InkBlock): number =>
  Math.min(4, Math.max(1, Math.round((bottom - top + 1) / GLYPH_HEIGHT)));

/** Characters of one block. A block wider than a glyph is cut at the font's advance. */
export function matchBlock(map: LabelMap, block: InkBlock): SeenGlyph[] {
  const scale = scaleOf(block);
  const width = block.right - block.left + 1;
  const count = Math.max(1, Math.round((width + scale) / (GLYPH_ADVANCE * scale)));
  const found: SeenGlyph[] = [];
  for (let i = 0; i < count; i++) {
    const start = block.left + i * GLYPH_ADVANCE * scale;
    // Narrow glyphs (I, 1) leave up to two cells of their box blank on the left.
    const blank = count > 1 ? [0] : [0, 1, 2];
    const lefts = blank.flatMap((cells) => [-1, 0, 1].map((dx) => start - cells * scale + dx));
    found.push(bestNear(map, [...new Set(lefts)], block.top, scale));
  }
  return found.filter((glyph) => glyph.error < 0.14);
}
