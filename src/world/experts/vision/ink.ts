// White writing as blocks of ink: the rows and columns that white pixels occupy, cut apart at gaps (an XY cut).
// Leaves out: which character a block is (glyph-match.ts).
import { type LabelMap, whiteLabel } from './labels.ts';

export interface InkBlock {
  /** Inclusive columns of one character (or of several that touch). */
  readonly left: number;
  readonly right: number;
  /** Inclusive rows of the whole line that it belongs to. */
  readonly top: number;
  readonly bottom: number;
}

/** Runs of true with gaps of at most `bridge` false values inside. */
export function runsOf(flags: readonly boolean[], bridge = 0): [number, number][] {
  const found: [number, number][] = [];
  flags.forEach((flag, at) => {
    if (!flag) return;
    const last = found.at(-1);
    if (last && at - last[1] <= bridge + 1) last[1] = at;
    else found.push([at, at]);
  });
  return found;
}

/** Ink of one pixel, 0 (background) to 1 (white). */
export function inkAt(map: LabelMap, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= map.width || y >= map.height) return 0;
  const at = y * map.width + x;
  const rise = (map.luma[at] - map.backgroundLuma) / (240 - map.backgroundLuma);
  return Math.min(1, Math.max(0, rise));
}

const isInk = (map: LabelMap, x: number, y: number) => map.labels[y * map.width + x] === whiteLabel;

function rowsWithInk(map: LabelMap, left: number, right: number): boolean[] {
  return Array.from({ length: map.height }, (_, y) => {
    for (let x = left; x <= right; x++) if (isInk(map, x, y)) return true;
    return false;
  });
}

function columnsWithInk(map: LabelMap, top: number, bottom: number): boolean[] {
  return Array.from({ length: map.width }, (_, x) => {
    for (let y = top; y <= bottom; y++) if (isInk(map, x, y)) return true;
    return false;
  });
}

/** Real white somewhere inside: grey lines of drawings never get there. */
function hasWhite(map: LabelMap, [left, right]: [number, number], [top, bottom]: [number, number]): boolean {
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) if (isInk(map, x, y) && inkAt(map, x, y) > 0.78) return true;
  }
  return false;
}

/** Blocks of ink, line by line, left to right. Lines are at least 6 px high; a gap of 20 px starts a new piece of writing. */
export function inkBlocks(map: LabelMap): InkBlock[] {
  const lines = runsOf(rowsWithInk(map, 0, map.width - 1), 3);
  return lines.flatMap((line) => {
    const pieces = runsOf(columnsWithInk(map, ...line), 20);
    return pieces.flatMap((piece) => {
      const inner = runsOf(rowsWithInk(map, ...piece), 3);
      return inner.flatMap(([top, bottom]) => {
        if (bottom - top < 5 || !hasWhite(map, piece, [top, bottom])) return [];
        const columns = runsOf(columnsWithInk(map, top, bottom)).filter(([l, r]) => l >= piece[0] && r <= piece[1]);
        return columns.map(([left, right]) => ({ left, right, top, bottom }));
      });
    });
  });
}
