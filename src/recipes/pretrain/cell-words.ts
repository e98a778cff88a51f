// The words for what stands in each cell of the vision tower's output: colours, shapes, which way the object moves between the two
// frames of a pair, characters. The vision stage turns cells towards the embeddings of these words, so that the language tower meets
// cells that speak its language; without that it takes tens of thousands of clips to learn what a cell says (LOG.md).
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import { cellCount, type DenseLabels, motionFields } from '../../world/labels.ts';
import { characters, colours, comboCount, directions, shapes } from '../../world/vocab.ts';

const MOTIONS = [...directions, 'still', 'grows', 'shrinks'] as const;

/** In the order of the truth's columns. */
export const cellWords: readonly string[] = [...colours, ...shapes, ...MOTIONS, ...characters];

const MOTION_AT = colours.length + shapes.length;
const CHARACTERS_AT = MOTION_AT + MOTIONS.length;

/** Pixels between the frames of a pair from which an object counts as moving, and as growing. */
const MOVES_FROM = 1.5;
const GROWS_FROM = 0.4;

/** The token that stands for a word inside a sentence. */
export function wordTokens(tokenizer: Tokenizer): number[] {
  return cellWords.map((word) => {
    const spaced = tokenizer.encode(` ${word}`);
    return spaced.length === 1 ? spaced[0] : (tokenizer.encode(word).at(-1) as number);
  });
}

function motionOf(dx: number, dy: number, growth: number): (typeof MOTIONS)[number] {
  if (Math.max(Math.abs(dx), Math.abs(dy)) >= MOVES_FROM) {
    if (Math.abs(dx) > Math.abs(dy)) return dx < 0 ? 'left' : 'right';
    return dy < 0 ? 'up' : 'down';
  }
  if (Math.abs(growth) >= GROWS_FROM) return growth > 0 ? 'grows' : 'shrinks';
  return 'still';
}

/** The motion of each object of a pair whose centre is in the picture, by combo: index in MOTIONS. */
function motionsOf(labels: DenseLabels, pair: number): Map<number, number> {
  const out = new Map<number, number>();
  for (let cell = pair * cellCount; cell < (pair + 1) * cellCount; cell++) {
    if (labels.centre_TC[cell] === 0) continue;
    const [dx, dy, , , , growth] = labels.motion_TCM.subarray(cell * motionFields, (cell + 1) * motionFields);
    out.set(labels.centre_TC[cell] - 1, MOTIONS.indexOf(motionOf(dx, dy, growth)));
  }
  return out;
}

/** [T, 9, W] multi-hot; motion words wherever a part of an object of a clip is seen. */
export function wordTruth(labels: DenseLabels, isClip: boolean): Uint8Array {
  const width = cellWords.length;
  const out = new Uint8Array(labels.pairs * cellCount * width);
  let moved = new Map<number, number>();
  for (let cell = 0; cell < labels.pairs * cellCount; cell++) {
    if (cell % cellCount === 0) moved = motionsOf(labels, cell / cellCount);
    const row = out.subarray(cell * width, (cell + 1) * width);
    for (let combo = 0; combo < comboCount; combo++) {
      if (labels.presence_TCK[cell * comboCount + combo] === 0) continue;
      row[Math.floor(combo / shapes.length)] = 1;
      row[colours.length + (combo % shapes.length)] = 1;
    }
    for (const [combo, motion] of isClip ? moved : [])
      if (labels.presence_TCK[cell * comboCount + combo] === 1) row[MOTION_AT + motion] = 1;
    for (const c of labels.characters_TCP.subarray(cell * 4, cell * 4 + 4)) if (c > 0) row[CHARACTERS_AT + c - 1] = 1;
  }
  return out;
}
