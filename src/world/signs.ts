// Texts in the picture: what they say and where they stand. Characters are drawn at scale 2 in boxes of 14 × 14 px, close to the grid of
// the vision tower's patches, so that each patch holds at most one character.
import type { Rng } from '../base/rng.ts';
import { type Split, size, type WorldText } from './scene.ts';
import { belongsTo, numberKey, wordKey, wordsOf } from './splits.ts';

export const textScale = 2;
/** Width of a character's box and height of a row, pixels at scale 2. */
export const rowHeight = 14;
const columns = size / rowHeight;

/** A text on one of six rows, jittered by up to two pixels sideways and one up or down. */
export function placeRow(rng: Rng, text: string, row: number): Omit<WorldText, 'from'> {
  const column = rng.int(columns - text.length + 1);
  const x = column * rowHeight + rng.int(5) - 2;
  const y = Math.max(0, Math.min(size - rowHeight, row * rowHeight + rng.int(3) - 1));
  return { text, x, y, scale: textScale };
}

export const drawWord = (rng: Rng, split: Split): string => rng.pick(wordsOf(split));

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Three letters that are no word, so that reading cannot be replaced by recognising. */
export function drawCode(rng: Rng, split: Split): string {
  for (;;) {
    const code = Array.from({ length: 3 }, () => letters[rng.int(26)]).join('');
    if (belongsTo(wordKey(code), split)) return code;
  }
}

function drawNumber(rng: Rng, split: Split): string {
  for (;;) {
    const text = String(rng.next() < 0.25 ? rng.int(10) : 10 + rng.int(90));
    if (belongsTo(numberKey(text), split)) return text;
  }
}

/** What a sign in a clip says: a word two times in three, else a number below 100. */
export function drawSignText(rng: Rng, split: Split): { text: string; key: string } {
  if (rng.next() < 0.65) {
    const text = drawWord(rng, split);
    return { text, key: wordKey(text) };
  }
  const text = drawNumber(rng, split);
  return { text, key: numberKey(text) };
}
