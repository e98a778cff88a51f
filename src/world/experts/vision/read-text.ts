// The writing in a clip or an image: characters that stand side by side since the same moment are one piece of writing.
import type { Writing } from '../facts.ts';
import { matchBlock, type SeenGlyph } from './glyph-match.ts';
import { inkBlocks } from './ink.ts';
import type { Picture } from './picture.ts';

interface Spot {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  readonly firstIndex: number;
  readonly readings: Map<string, number>;
}

function noteReading(spots: Spot[], glyph: SeenGlyph, index: number): void {
  const near = spots.find(
    (s) => Math.abs(s.left - glyph.left) <= 4 && Math.abs(s.top - glyph.top) <= 4 && s.scale === glyph.scale,
  );
  const spot = near ?? { left: glyph.left, top: glyph.top, scale: glyph.scale, firstIndex: index, readings: new Map() };
  if (!near) spots.push(spot);
  spot.readings.set(glyph.character, (spot.readings.get(glyph.character) ?? 0) + 1 / (0.02 + glyph.error));
}

const characterOf = (spot: Spot) => [...spot.readings].sort((a, b) => b[1] - a[1])[0][0];

function belongsTo(word: readonly Spot[], spot: Spot): boolean {
  const last = word[word.length - 1];
  const advance = spot.left - last.left;
  const sameLine = Math.abs(spot.top - last.top) <= 3 && spot.scale === last.scale;
  return sameLine && spot.firstIndex === last.firstIndex && advance > 0 && advance <= 10 * spot.scale;
}

function words(spots: readonly Spot[]): Spot[][] {
  const found: Spot[][] = [];
  for (const spot of [...spots].sort((a, b) => a.left - b.left)) {
    const word = found.find((w) => belongsTo(w, spot));
    if (word) word.push(spot);
    else found.push([spot]);
  }
  return found.sort((a, b) => a[0].firstIndex - b[0].firstIndex || a[0].top - b[0].top || a[0].left - b[0].left);
}

/** Every piece of writing, in order of appearance, then from top to bottom. */
export function readWritings(pictures: readonly Picture[]): Writing[] {
  const spots: Spot[] = [];
  pictures.forEach(({ map }, index) => {
    for (const block of inkBlocks(map)) for (const glyph of matchBlock(map, block)) noteReading(spots, glyph, index);
  });
  return words(spots).map((word) => {
    const right = word[word.length - 1].left + 5 * word[0].scale;
    return {
      text: word.map(characterOf).join(''),
      from: pictures[word[0].firstIndex].time,
      x: (word[0].left + right) / 2,
      y: word[0].top + 3.5 * word[0].scale,
    };
  });
}
