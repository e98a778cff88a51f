// Degenerate repetition: a text that runs in a circle, or that is mostly made of passages it held already. Lists of moments ("At 1 s …, at
// 2 s …") repeat short phrases and are none.

/** Sequences of so many words that come again count as repeated. */
const PASSAGE = 10;
/** A circle: the same at most PERIOD words over and over, REPEATS times, LOOP words in all. */
const PERIOD = 40;
const REPEATS = 4;
const LOOP = 24;

/** Numbers alone may come again: they are read from tables. */
const hasWords = (words: readonly string[]): boolean => words.some((word) => /\p{L}/u.test(word));

/** Share of the words that stand in a passage of ten words that occurred before. */
export function repeatedShare(words: readonly string[]): number {
  const seen = new Set<string>();
  let repeated = 0;
  let coveredTo = 0;
  for (let at = 0; at + PASSAGE <= words.length; at++) {
    const passage = words.slice(at, at + PASSAGE);
    const name = passage.join(' ');
    if (!seen.has(name) || !hasWords(passage)) {
      seen.add(name);
      continue;
    }
    repeated += at + PASSAGE - Math.max(at, coveredTo);
    coveredTo = at + PASSAGE;
  }
  return words.length === 0 ? 0 : repeated / words.length;
}

/** Whether somewhere the same words follow each other over and over. */
export function hasLoop(words: readonly string[]): boolean {
  for (let period = 1; period <= PERIOD; period++) {
    const needed = Math.max(LOOP, period * REPEATS) - period;
    let run = 0;
    for (let at = period; at < words.length; at++) {
      run = words[at] === words[at - period] ? run + 1 : 0;
      if (run >= needed && hasWords(words.slice(at - period + 1, at + 1))) return true;
    }
  }
  return false;
}

export const isRepetitive = (words: readonly string[], maxRepetition: number): boolean =>
  hasLoop(words) || repeatedShare(words) > maxRepetition;
