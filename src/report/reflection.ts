// Rules that find a model re-checking itself ("aha moments", METHOD.md section 5), and lengths in words.
// Leaves out: judging whether a reflection helped. English and Chinese phrases; a phrase counts where a clause starts.

export interface Reflection {
  /** The phrase as the text has it. */
  readonly phrase: string;
  readonly start: number;
}

/** Each rule names a habit; the expressions match within lower-cased text. */
export const reflectionRules: Readonly<Record<string, RegExp>> = {
  wait: /\b(?:wait|hold on|hmm)\b(?=\s*[,.!…—-]|\s+(?:i|let|no|that|the|this|maybe)\b)/gi,
  recheck:
    /\blet(?:'|’)?s? (?:me|us)?\s*(?:just )?(?:(?:double|re)[- ]?check|check|verify|re-?examine|re-?consider|re-?think|look)(?: (?:it|this|that|again|the video))?/gi,
  lookAgain: /\b(?:look(?:ing)?|watch(?:ing)?|go(?:ing)? back|check(?:ing)?|think(?:ing)?) (?:\w+ ){0,3}?again\b/gi,
  contrast: /\b(?:however|but) (?:on|after|if i) (?:closer|second|look|a closer|reflection|re-?watch\w*)/gi,
  mistake:
    /\b(?:i (?:made|was) (?:a mistake|wrong)|that(?:'|’)s (?:not right|wrong)|i (?:misread|overlooked|missed))\b/gi,
  onSecondThought: /\b(?:on second thought|upon (?:closer|further) (?:look|inspection|reflection))\b/gi,
  chinese: /(?:等等|等一下|重新(?:检查|思考|看)|再(?:看|检查|想)一(?:遍|下|次))/g,
};

/** Reflections of one text in reading order; overlapping matches count once. */
export function findReflections(text: string): Reflection[] {
  const found = Object.values(reflectionRules)
    .flatMap((rule) => [...text.matchAll(rule)].map((match) => ({ phrase: match[0], start: match.index })))
    .sort((a, b) => a.start - b.start || b.phrase.length - a.phrase.length);
  let end = 0;
  return found.filter(({ phrase, start }) => {
    if (start < end) return false;
    end = start + phrase.length;
    return true;
  });
}

/** Share of texts with at least one reflection, and reflections per text. 0 texts: both 0. */
export function reflectionRate(texts: readonly string[]): { share: number; perText: number } {
  const counts = texts.map((text) => findReflections(text).length);
  const n = Math.max(1, texts.length);
  return { share: counts.filter((c) => c > 0).length / n, perText: counts.reduce((a, b) => a + b, 0) / n };
}

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Words of a text, lower-cased, punctuation left out (Unicode word boundaries, so that Chinese counts words too). */
export function words(text: string): string[] {
  return [...segmenter.segment(text)].filter((s) => s.isWordLike).map((s) => s.segment.toLowerCase());
}

/** The most frequent words of several texts, ties by name: for word distributions as in the paper's Fig. 4. */
export function wordFrequencies(texts: readonly string[], top: number): { word: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
    .slice(0, top);
}
