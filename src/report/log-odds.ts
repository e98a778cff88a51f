// Which words tell two collections apart: log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, equations 15, 19
// and 22). The prior is the two collections' own distribution together, as strong as `strength` words. Pure.

export interface Counts {
  readonly total: number;
  count(word: string): number;
}

export interface Distinctive {
  readonly word: string;
  /** Log-odds ratio in standard deviations: above 0 for the first collection, below for the second. */
  readonly z: number;
  /** Occurrences per million words. */
  readonly first: number;
  readonly second: number;
}

/** A tenth of the smaller collection, at most 1,000 words: enough for rare words, too little to hide what differs. */
export const priorStrength = (first: Pick<Counts, 'total'>, second: Pick<Counts, 'total'>): number =>
  Math.min(1000, Math.min(first.total, second.total) / 10);

/** Of these words, every one that occurs in either collection, from the first's most distinctive to the second's. */
export function distinctiveWords(
  first: Counts,
  second: Counts,
  words: Iterable<string>,
  strength = priorStrength(first, second),
): Distinctive[] {
  const all = first.total + second.total;
  const found: Distinctive[] = [];
  for (const word of new Set(words)) {
    const [a, b] = [first.count(word), second.count(word)];
    if (a + b === 0) continue;
    const prior = (strength * (a + b)) / all;
    const logOdds = (count: number, total: number) => Math.log((count + prior) / (total + strength - count - prior));
    const deviation = Math.sqrt(1 / (a + prior) + 1 / (b + prior));
    const z = (logOdds(a, first.total) - logOdds(b, second.total)) / deviation;
    const perMillion = (count: number, total: number) => (total > 0 ? (1e6 * count) / total : 0);
    found.push({ word, z, first: perMillion(a, first.total), second: perMillion(b, second.total) });
  }
  return found.sort((a, b) => b.z - a.z || (a.word < b.word ? -1 : 1));
}
