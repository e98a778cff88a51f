// Completions of one prompt side by side in one row: the prompt is computed once for all of them (shared-prefix attention).
// Positions of every completion go on from the prompt's end; the mask hides completions from one another.
import { type Buffer, f32 } from '../../engine/index.ts';
import { HIDDEN } from '../mask.ts';
import type { Prepared, Row } from '../port.ts';

export interface Pack {
  readonly prompt: Prepared;
  readonly completions: readonly Row['completion'][];
  /** Index of each completion's row in the batch. */
  readonly rows: readonly number[];
}

/** Completions of a pack are together at most so many times as long as its prompt, since attention grows with the square of a row, … */
const LONGEST = 4;
/** … or this many tokens, where the square is still small. */
const SHORT = 768;

/** Rows with the same prompt object share a pack, in the order in which prompts first occur. */
export function packRows(rows: readonly Row[]): Pack[] {
  const packs: { prompt: Prepared; completions: Row['completion'][]; rows: number[]; room: number }[] = [];
  const open = new Map<Prepared, (typeof packs)[number]>();
  rows.forEach(({ prompt, completion }, i) => {
    let pack = open.get(prompt);
    if (!pack || pack.room < completion.length) {
      pack = { prompt, completions: [], rows: [], room: Math.max(SHORT, LONGEST * prompt.tokens.length) };
      open.set(prompt, pack);
      packs.push(pack);
    }
    pack.room -= completion.length;
    pack.completions.push(completion);
    pack.rows.push(i);
  });
  return packs;
}

export const packedLength = ({ prompt, completions }: Omit<Pack, 'rows'>): number =>
  completions.reduce((n, c) => n + c.length, prompt.tokens.length);

/** Additive mask [B,1,1,T,T]: a completion sees the prompt and what of itself came before; a prompt is causal. */
export function packMask(packs: readonly Pack[], tokens: number): Buffer {
  const mask = new Float32Array(packs.length * tokens * tokens).fill(HIDDEN);
  packs.forEach(({ prompt, completions }, p) => {
    const shared = prompt.tokens.length;
    const row = (i: number) => (p * tokens + i) * tokens;
    const causal = (from: number, to: number) => {
      for (let i = from; i < to; i++) mask.fill(0, row(i) + from, row(i) + i + 1);
    };
    causal(0, shared);
    let at = shared;
    for (const completion of completions) {
      for (let i = at; i < at + completion.length; i++) mask.fill(0, row(i), row(i) + shared);
      causal(at, at + completion.length);
      at += completion.length;
    }
    causal(at, tokens); // padding sees padding: a row of the softmax needs something to see
  });
  return f32(mask, [packs.length, 1, 1, tokens, tokens]);
}
