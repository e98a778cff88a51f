// White writing as blocks of ink: the rows and columns that white pixels occupy, cut apart at gaps (an XY cut).
// Leaves out: which character a block is (glyph-match.ts).
import { flood } from './components.ts';
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

/** 1 where there is writing: white pieces of at least 4 px that are really white somewhere (grey lines and specks never are). */
function inkMask(map: LabelMap): Uint8Array {
  const { labels, width } = map;
  const mask = new Uint8Array(labels.length);
  const seen = new Uint8Array(labels.length);
  const stack = new Int32Array(labels.length);
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] !== whiteLabel || seen[at]) continue;
    const piece = flood(map, at, seen, stack);
    const white = piece.some((p) => inkAt(map, p % width, Math.floor(p / width)) > 0.78);
    if (white && piece.length >= 4) for (const p of piece) mask[p] = 1;
  }
  return mask;
}

interface Mask {
  readonly ink: Uint8Array;
  readonly width: number;
  readonly height: number;
}

function rowsWithInk({ ink, width, height }: Mask, left: number, right: number): boolean[] {
  return Array.from({ length: height }, (_, y) => {
    for (let x = left; x <= right; x++) if (ink[y * width + x]) return true;
    return false;
  });
}

function columnsWithInk({ ink, width }: Mask, top: number, bottom: number): boolean[] {
  return Array.from({ length: width }, (_, x) => {
    for (let y = top; y <= bottom; y++) if (ink[y * width + x]) return true;
    return false;
  });
}

/** Blocks of ink, line by line, left to right. Lines are at least 6 px high; a gap of 20 px starts a new piece of writing. */
export function inkBlocks(map: LabelMap): InkBlock[] {
  const mask: Mask = { ink: inkMask(map), width: map.width, height: map.height };
  const lines = runsOf(rowsWithInk(mask, 0, map.width - 1), 3);
  return lines.flatMap((line) => {
    const pieces = runsOf(columnsWithInk(mask, ...line), 20);
    return pieces.flatMap((piece) => {
      const inner = runsOf(rowsWithInk(mask, ...piece), 3);
      return inner.flatMap(([top, bottom]) => {
        if (bottom - top < 5) return [];
        const columns = runsOf(columnsWithInk(mask, top, bottom)).filter(([l, r]) => l >= piece[0] && r <= piece[1]);
        return columns.map(([left, right]) => ({ left, right, top, bottom }));
      });
    });
  });
}
