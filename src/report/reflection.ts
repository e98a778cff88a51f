// Rules that find a model stopping to re-check itself ("aha moments", METHOD.md section 5): pausing, re-checking, correcting. Phrases of English
// and Chinese where a clause starts; docs/EVALUATION.md tells them to people. Leaves out: whether a reflection paid (aha.ts).
import { thoughtOf } from '../prompt/parse.ts';

export type ReflectionKind = 'pause' | 're-check' | 'correction';

export interface ReflectionRule {
  readonly kind: ReflectionKind;
  /** For people. */
  readonly means: string;
  readonly pattern: RegExp;
  /** Counts only behind the first sentence: "let me look at the video" at the beginning is a plan. */
  readonly behindFirstSentence?: boolean;
}

/** Begin of a sentence, also behind "but", "no", "oh" and the like; of a clause, also behind a comma. */
const sentence = String.raw`(?<=^|[.!?…:;\n(>"“—–]\s*|\b(?:but|oh|no|hmm|wait|and|so|however|actually),?\s+)`;
const speaker = String.raw`\b(?:let(?:['’]s| me| us)|(?:i|we)(?:['’]ll|['’]d better)?(?: will| should| must| need to| have to| want to)?)(?: just| now| quickly)? `;
const verbs = '(?:look|watch|check|think|count|read|see|go back|go over|compare)';
const again = String.raw`(?:again|once more|a second time|more (?:closely|carefully))\b`;
const make = (source: string): RegExp => new RegExp(source, 'giu');

/** In order of kinds. Every rule has texts that it finds and texts that it must not find in the tests. */
export const reflectionRules: Readonly<Record<string, ReflectionRule>> = {
  wait: {
    kind: 'pause',
    means: '"Wait", "Hold on", "Hmm" at the beginning of a sentence',
    pattern: make(
      String.raw`${sentence}(?:wait|hold on|hang on|hmm+)\b(?=\s*[,.!…—–-]|\s+(?:i|let|no|that|maybe|actually|but)\b)`,
    ),
  },
  think: {
    kind: 'pause',
    means: '"let me look/check/think" behind the first sentence',
    pattern: make(String.raw`${speaker}(?:look|check|think|pause)\b(?!.{0,30}\b(?:again|once more)\b)`),
    behindFirstSentence: true,
  },
  recheck: {
    kind: 're-check',
    means: '"let me double-check", "I should verify", "let me reconsider"',
    pattern: make(
      String.raw`${speaker}(?:double[- ]?check|re-?check|verify|re-?examine|re-?consider|re-?think|re-?watch|re-?read|re-?evaluate|re-?count)\b`,
    ),
  },
  again: {
    kind: 're-check',
    means: '"let me look at it again"; "Looking again" at the beginning of a sentence',
    pattern: make(
      String.raw`${speaker}(?:\w+ )?${verbs}(?: [\w'’]+){0,4}? ${again}|${sentence}(?:looking|watching|checking|counting|thinking|going back)(?: [\w'’]+){0,4}? ${again}`,
    ),
  },
  closer: {
    kind: 're-check',
    means: '"on closer look", "on second thought"',
    pattern: make(
      String.raw`\b(?:on|upon|at|after) (?:a )?(?:closer|second|further|re-?) ?(?:looks?|inspection|thoughts?|reflection|viewing|watching|glance)\b`,
    ),
  },
  mistake: {
    kind: 'correction',
    means: '"I made a mistake", "I misread", "That is not right" at the beginning of a sentence',
    pattern: make(
      String.raw`\bi (?:made a mistake|was (?:wrong|mistaken)|misread|misjudged|miscounted|overlooked|missed (?:that|this|the))\b|${sentence}that(?:(?:['’]s| is| was) (?:not right|wrong|incorrect|not correct|a mistake)| (?:can['’]?t|cannot) be right)\b|${sentence}(?:correction|scratch that)\b`,
    ),
  },
  actually: {
    kind: 'correction',
    means: '"Actually, …" and "No, it/that/the …" at the beginning of a sentence',
    pattern: make(
      String.raw`(?<=[.!?…;\n—–]\s*|\b(?:but|wait|hmm|oh),?\s+)(?:actually,|no, (?:it|that|this|the|there)\b)`,
    ),
  },
  earlier: {
    kind: 'correction',
    means: '"my first answer was wrong", "I have to change my answer"',
    pattern: make(
      String.raw`\b(?:my|the) (?:earlier|previous|first|initial|original) (?:answer|guess|conclusion|thought|assumption|count|observation) (?:is|was|seems|must be|must have been) (?:wrong|incorrect|mistaken|not right|not correct)\b|\b(?:i|we)(?:['’]ll| will| should| must| need to| have to| want to) (?:change|revise|correct|update) (?:my|the|our) (?:answer|conclusion)\b`,
    ),
  },
  chinesePause: {
    kind: 'pause',
    means: '等等, 等一下',
    pattern: /(?<=^|[，。！？；\s])(?:等等|等一下)(?=[，。！？…,\s])/gu,
  },
  chineseRecheck: {
    kind: 're-check',
    means: '重新检查, 再看一遍',
    pattern: /重新(?:检查|思考|看|审视|数)|再(?:看|检查|想|数)一(?:遍|下|次)/gu,
  },
  chineseCorrection: {
    kind: 'correction',
    means: '不对, 我看错了',
    pattern: /(?<=^|[，。！？；\s])不对(?=[，。！？,\s])|我?(?:刚才)?(?:看|想|算|数)错了/gu,
  },
};

export interface Reflection {
  readonly kind: ReflectionKind;
  readonly rule: string;
  /** The phrase as the text has it. */
  readonly phrase: string;
  readonly start: number;
}

/** Where the first sentence ends; the text's length where there is only one. */
function firstSentenceEnd(text: string): number {
  const end = /[.!?…](?=\s|$)|[。！？\n]/u.exec(text.trimStart());
  return end ? text.length - text.trimStart().length + end.index + 1 : text.length;
}

/** Reflections of one text in reading order; overlapping matches count once. */
export function findReflections(text: string): Reflection[] {
  const plan = firstSentenceEnd(text);
  const found = Object.entries(reflectionRules)
    .flatMap(([rule, { kind, pattern, behindFirstSentence }]) =>
      [...text.matchAll(pattern)]
        .filter(({ index }) => !behindFirstSentence || index >= plan)
        .map((match): Reflection => ({ kind, rule, phrase: match[0], start: match.index })),
    )
    .sort((a, b) => a.start - b.start || b.phrase.length - a.phrase.length);
  let end = 0;
  return found.filter(({ phrase, start }) => {
    if (start < end) return false;
    end = start + phrase.length;
    return true;
  });
}

/** Share of completions whose thought has at least one reflection, and reflections per thought. No completions: both 0. */
export function reflectionRate(completions: readonly string[]): { share: number; perText: number } {
  const counts = completions.map((text) => findReflections(thoughtOf(text)).length);
  const n = Math.max(1, completions.length);
  return { share: counts.filter((c) => c > 0).length / n, perText: counts.reduce((a, b) => a + b, 0) / n };
}
