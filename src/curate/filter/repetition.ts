// Degenerate repetition: a text that runs in a circle, or that is mostly made of passages it held already. Lists of moments ("At 1 s …, at
// 2 s …") repeat short phrases and are none.

/** Sequences of so many words that come again count as repeated. */
const PASSAGE = 10;
/** A circle: the same at most PERIOD words over and over, REPEATS times, LOOP words in all. */
const PERIOD = 40;
const REPEATS = 4;
const LOOP = 24;

/** Words as numbers, equal where the words are; even for words without a letter: what is read from tables may come again. */
function numbered(words: readonly string[]): { readonly ids: Int32Array; readonly hasLetter: (id: number) => boolean } {
  const known = new Map<string, number>();
  const ids = Int32Array.from(words, (word) => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const id = 2 * known.size + (/\p{L}/u.test(word) ? 1 : 0);
    known.set(word, id);
    return id;
  });
  return { ids, hasLetter: (id) => id % 2 === 1 };
}

const isSame = (ids: Int32Array, a: number, b: number): boolean =>
  ids.subarray(b, b + PASSAGE).every((id, i) => id === ids[a + i]);

/** Share of the words that stand in a passage of ten words that occurred before. */
export function repeatedShare(words: readonly string[]): number {
  const { ids, hasLetter } = numbered(words);
  const firstAt = new Map<number, number>();
  let repeated = 0;
  let coveredTo = 0;
  for (let at = 0; at + PASSAGE <= ids.length; at++) {
    let hash = 7;
    for (let i = at; i < at + PASSAGE; i++) hash = (Math.imul(hash, 31) + ids[i]) | 0;
    const first = firstAt.get(hash);
    if (first === undefined) firstAt.set(hash, at);
    else if (isSame(ids, first, at) && ids.subarray(at, at + PASSAGE).some(hasLetter)) {
      repeated += at + PASSAGE - Math.max(at, coveredTo);
      coveredTo = at + PASSAGE;
    }
  }
  return words.length === 0 ? 0 : repeated / words.length;
}

/** Whether somewhere the same words follow each other over and over. */
export function hasLoop(words: readonly string[]): boolean {
  const { ids, hasLetter } = numbered(words);
  for (let period = 1; period <= PERIOD; period++) {
    const needed = Math.max(LOOP, period * REPEATS) - period;
    let run = 0;
    for (let at = period; at < ids.length; at++) {
      run = ids[at] === ids[at - period] ? run + 1 : 0;
      if (run >= needed && ids.subarray(at - period + 1, at + 1).some(hasLetter)) return true;
    }
  }
  return false;
}

export function isRepetitive(words: readonly string[], maxRepetition: number): boolean {
  const share = repeatedShare(words);
  // A circle repeats passages: where there are none, there is no circle to look for.
  return share > maxRepetition || (share > 0 && hasLoop(words));
}
