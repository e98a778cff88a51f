// Words sized by how often they occur, placed so that no two touch, as SVG. Each word is set to the width that was computed for it (textLength), so that
// it cannot overlap with another in any font. Deterministic: the largest first, on a spiral from the middle. Leaves out: which words (analyze/).
import { palette } from './figure-style.ts';
import { escapeHtml } from './html.ts';

export interface CloudWord {
  readonly word: string;
  readonly count: number;
}

export interface PlacedWord extends CloudWord {
  readonly size: number;
  /** Upper left corner and extent of the box that is the word's own. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface CloudOptions {
  readonly width?: number;
  readonly height?: number;
  readonly largest?: number;
  readonly smallest?: number;
}

/** Width of a character in a sans-serif font, in its size. */
function characterWidth(character: string): number {
  if (/[\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60]/.test(character)) return 1;
  if (/[ijlft'’.,:;|!I]/.test(character)) return 0.3;
  if (/[mwMW@%]/.test(character)) return 0.86;
  return /[A-Z]/.test(character) ? 0.68 : 0.55;
}

/** Between boxes, in pixels. */
const GAP = 3;
/** Share of the size that a line of it takes with ascenders and descenders. */
const LINE = 1.06;

const touches = (a: PlacedWord, b: PlacedWord): boolean =>
  a.x < b.x + b.width + GAP && b.x < a.x + a.width + GAP && a.y < b.y + b.height + GAP && b.y < a.y + a.height + GAP;

/** Steps in which all words are made smaller until each has its place. */
const SHRINK = 0.92;

/** Places of the words, all of them if need be smaller; where even the smallest size is too large for some, those are left out. */
export function placeWords(words: readonly CloudWord[], options: CloudOptions = {}): PlacedWord[] {
  const { largest = 64, smallest = 9 } = options;
  for (let size = largest; ; size *= SHRINK) {
    const placed = placeAt(words, size, options);
    if (placed.length === words.length || size * SHRINK < smallest) return placed;
  }
}

function placeAt(words: readonly CloudWord[], largest: number, options: CloudOptions): PlacedWord[] {
  const { width = 520, height = 300, smallest = 9 } = options;
  const most = words.reduce((top, { count }) => Math.max(top, count), 1);
  const placed: PlacedWord[] = [];
  for (const { word, count } of words.toSorted((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))) {
    // Area by count: a word twice as frequent does not look four times as large.
    const size = Math.max(smallest, largest * Math.sqrt(count / most));
    const wide = [...word].reduce((sum, character) => sum + characterWidth(character), 0) * size;
    const box = { word, count, size, width: wide, height: size * LINE };
    const place = freePlace(box, placed, width, height);
    if (place) placed.push(place);
  }
  return placed;
}

function freePlace(
  box: Omit<PlacedWord, 'x' | 'y'>,
  placed: readonly PlacedWord[],
  width: number,
  height: number,
): PlacedWord | undefined {
  const reach = Math.hypot(width, height) / 2;
  for (let turn = 0; ; turn += 0.12) {
    const radius = 2 * turn;
    if (radius > reach) return undefined;
    const x = width / 2 + radius * Math.cos(turn) - box.width / 2;
    const y = height / 2 + radius * (height / width) * Math.sin(turn) - box.height / 2;
    if (x < 0 || y < 0 || x + box.width > width || y + box.height > height) continue;
    const candidate = { ...box, x, y };
    if (!placed.some((other) => touches(candidate, other))) return candidate;
  }
}

const colors = [palette.blue, palette.orange, palette.green, palette.rose, palette.grey];

/** The cloud as SVG; a word's count stands in its title. */
export function wordCloudSvg(words: readonly CloudWord[], options: CloudOptions = {}): string {
  const { width = 520, height = 300 } = options;
  const texts = placeWords(words, options).map((word, i) => {
    const baseline = word.y + word.size * 0.82;
    const place = `x="${word.x.toFixed(1)}" y="${baseline.toFixed(1)}" textLength="${word.width.toFixed(1)}"`;
    const name = escapeHtml(word.word);
    return `<text ${place} lengthAdjust="spacingAndGlyphs" font-size="${word.size.toFixed(1)}" fill="${colors[i % colors.length]}"><title>${name}: ${word.count}</title>${name}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" font-weight="600">${texts.join('')}</svg>`;
}
