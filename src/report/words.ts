// Words of a text in any script, for its length. Leaves out: how often each occurs (analyze/vocabulary.ts).

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Words of a text, lower-cased, punctuation left out (Unicode word boundaries, so that Chinese counts words too). */
export function words(text: string): string[] {
  return [...segmenter.segment(text)].filter((s) => s.isWordLike).map((s) => s.segment.toLowerCase());
}
