// How often each word occurs, in bounded memory: exact until there are more distinct words than fit, then the counts of the rare ones are given up
// with a known bound (Misra and Gries 1982, pruned in batches as in Agarwal et al. 2012: every count is too low by at most `error`, and `error`
// is at most total / capacity).
export interface WordCount {
  readonly word: string;
  readonly count: number;
}

export interface Vocabulary {
  add(word: string): void;
  count(word: string): number;
  /** All words that were added. */
  readonly total: number;
  /** Words that are held. */
  readonly size: number;
  /** By how much any count may be too low; 0: all are exact. */
  readonly error: number;
  /** The most frequent, ties by name. */
  top(n: number, wanted?: (word: string) => boolean): WordCount[];
  words(): IterableIterator<string>;
}

/** Longer ones are no words (a page of base64, say): their beginning is counted. */
const LONGEST = 64;

/** A word cut out of a text holds the whole text in memory; this one does not. */
const detached = (word: string): string => Buffer.from(word, 'utf8').toString('utf8');

export function createVocabulary(capacity = 100_000): Vocabulary {
  let counts = new Map<string, number>();
  let total = 0;
  let error = 0;
  const prune = () => {
    const sorted = Float64Array.from(counts.values()).sort();
    // The largest count beyond the capacity goes off every count.
    const off = sorted[sorted.length - 1 - capacity];
    error += off;
    const left = new Map<string, number>();
    for (const [word, count] of counts) if (count > off) left.set(word, count - off);
    counts = left;
  };
  return {
    add(word) {
      const key = word.length > LONGEST ? word.slice(0, LONGEST) : word;
      total++;
      const count = counts.get(key);
      if (count !== undefined) return void counts.set(key, count + 1);
      counts.set(detached(key), 1);
      if (counts.size > 2 * capacity) prune();
    },
    count: (word) => counts.get(word) ?? 0,
    get total() {
      return total;
    },
    get size() {
      return counts.size;
    },
    get error() {
      return error;
    },
    top: (n, wanted = () => true) =>
      [...counts]
        .filter(([word]) => wanted(word))
        .map(([word, count]) => ({ word, count }))
        .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
        .slice(0, n),
    words: () => counts.keys(),
  };
}
