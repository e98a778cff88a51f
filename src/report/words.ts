// Words of texts: lengths and frequencies, for distributions as in the paper's Fig. 4.

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Words of a text, lower-cased, punctuation left out (Unicode word boundaries, so that Chinese counts words too). */
export function words(text: string): string[] {
  return [...segmenter.segment(text)].filter((s) => s.isWordLike).map((s) => s.segment.toLowerCase());
}

/** The most frequent words of several texts, ties by name. */
export function wordFrequencies(texts: readonly string[], top: number): { word: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
    .slice(0, top);
}
