// Texts → token rows for SigLIP and CLIP: what the tokenizer puts around a text (SigLIP's end token, CLIP's start and end) survives the cut,
// as with truncation in transformers. Leaves out: padding, which each model does its own way.
import type { Tokenizer } from '../tokenizer/load.ts';

/** A text's tokens, special ones included, at most `limit` of them. */
export type TextTokens = (text: string, limit: number) => number[];

const PROBE = 'a';

/** The special tokens before and after a text, found by encoding one with and without them. */
function around(tokenizer: Tokenizer): { before: number[]; after: number[] } {
  const plain = tokenizer.encode(PROBE);
  const full = tokenizer.encode(PROBE, { addSpecialTokens: true });
  const starts = Array.from({ length: full.length - plain.length + 1 }, (_, i) => i);
  const start = starts.find((from) => plain.every((id, i) => full[from + i] === id)) ?? 0;
  return { before: full.slice(0, start), after: full.slice(start + plain.length) };
}

export function textTokens(tokenizer: Tokenizer): TextTokens {
  const { before, after } = around(tokenizer);
  return (text, limit) => {
    const room = Math.max(0, limit - before.length - after.length);
    return [...before, ...tokenizer.encode(text).slice(0, room), ...after].slice(0, limit);
  };
}

/** Token rows → [N, length], filled up with `pad`. */
export function padRows(rows: readonly (readonly number[])[], length: number, pad: number): Int32Array {
  const out = new Int32Array(rows.length * length).fill(pad);
  rows.forEach((row, i) => {
    out.set(row.slice(0, length), i * length);
  });
  return out;
}
