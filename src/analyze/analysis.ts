// The analysis as plain data: of each data set what it holds, of two what tells them apart. Everything the page shows is here. Pure, but for the
// counters it reads.
import type { HistogramBin, LengthSummary } from '../report/index.ts';
import { roundWidth } from '../report/length-counter.ts';
import { type Distinctive, distinctiveWords } from '../report/log-odds.ts';
import type { Collected } from './collect.ts';
import type { AnalyzeConfig } from './config.ts';
import { type Duplicates, sharedCount } from './duplicates.ts';
import type { NearDuplicates } from './near-duplicates.ts';
import type { Refinement } from './refinement.ts';
import type { Reflections } from './reflections.ts';
import type { Tally } from './tallies.ts';
import { isContent } from './text-words.ts';
import type { WordCount } from './vocabulary.ts';

export interface Lengths {
  readonly summary: LengthSummary;
  readonly bins: readonly HistogramBin[];
}

export interface WordTable {
  readonly total: number;
  readonly distinct: number;
  /** Every count may be too low by so many; 0: exact. */
  readonly error: number;
  readonly top: readonly WordCount[];
}

export interface SetAnalysis {
  readonly name: string;
  /** records = entries + those set aside. */
  readonly records: number;
  readonly entries: number;
  readonly setAside: Tally;
  readonly kinds: Readonly<Record<string, Tally>>;
  readonly media: Tally;
  readonly sources: Tally;
  readonly questionWords: Lengths;
  readonly reasoningWords: Lengths | null;
  readonly reasoningTokens: Lengths | null;
  readonly words: WordTable | null;
  readonly reflections: Reflections;
  readonly draftReflections: Reflections;
  readonly questions: Duplicates;
  readonly chains: Duplicates;
  readonly near: NearDuplicates | null;
  /** What near-duplicates were looked for in. */
  readonly nearIn: 'reasoning' | 'questions';
  readonly similarities: readonly HistogramBin[];
  readonly refinement: Refinement | null;
}

export interface Distinction {
  readonly first: string;
  readonly second: string;
  /** Most distinctive of the first, and of the second. */
  readonly ofFirst: readonly Distinctive[];
  readonly ofSecond: readonly Distinctive[];
}

export interface Analysis {
  readonly sets: readonly SetAnalysis[];
  readonly distinctions: readonly Distinction[];
  /** Questions about the same media that both sets ask; of two sets only. */
  readonly sharedQuestions: number | null;
}

const BINS = 40;
/** Beyond it every word differs by chance (two-sided, 5% of the words). */
const SIGNIFICANT = 1.96;

type LengthKind = 'questionWords' | 'reasoningWords' | 'reasoningTokens';

/** Over one axis for all sets: up to the longest 99th percentile. */
function lengthsOf(all: readonly Collected[], kind: LengthKind): (Lengths | null)[] {
  const top = Math.max(1, ...all.map((set) => (set[kind].summary() ? set[kind].quantile(0.99) : 0)));
  const width = roundWidth(top, BINS);
  const bins = Math.floor(top / width) + 1;
  return all.map((set) => {
    const summary = set[kind].summary();
    return summary && { summary, bins: set[kind].histogram(width, bins) };
  });
}

function wordsOf({ reasoning }: Collected, { cloudWords }: AnalyzeConfig): WordTable | null {
  if (reasoning.total === 0) return null;
  const { total, size, error } = reasoning;
  return { total, distinct: size, error, top: reasoning.top(cloudWords, isContent) };
}

type Named = readonly [string, Collected['reasoning']];

function distinction([first, a]: Named, [second, b]: Named, { distinctive }: AnalyzeConfig): Distinction | undefined {
  if (a.total === 0 || b.total === 0) return undefined;
  const ranked = distinctiveWords(a, b, [...a.words(), ...b.words()]);
  return {
    first,
    second,
    ofFirst: ranked.slice(0, distinctive).filter(({ z }) => z > SIGNIFICANT),
    ofSecond: ranked
      .slice(-distinctive)
      .reverse()
      .filter(({ z }) => z < -SIGNIFICANT),
  };
}

function setOf(set: Collected, config: AnalyzeConfig, lengths: Record<LengthKind, Lengths | null>): SetAnalysis {
  const hasChains = set.reasoning.total > 0;
  const refinement = set.refinement.result();
  const judged = set.refinement.similarities();
  return {
    name: set.name,
    records: set.records,
    entries: set.entries,
    setAside: set.setAside.result(),
    kinds: set.kinds.result(),
    media: set.media.result(),
    sources: set.sources.result(),
    questionWords: lengths.questionWords as Lengths,
    reasoningWords: lengths.reasoningWords,
    reasoningTokens: lengths.reasoningTokens,
    words: wordsOf(set, config),
    reflections: set.reflections.result(),
    draftReflections: set.draftReflections.result(),
    questions: set.questions.result(),
    chains: set.chains.result(),
    near: (hasChains ? set.near : set.nearQuestions)?.result() ?? null,
    nearIn: hasChains ? 'reasoning' : 'questions',
    similarities: judged.length > 0 ? judged : set.cosines.result(),
    refinement: refinement.samples > 0 ? refinement : null,
  };
}

export function analysisOf(all: readonly Collected[], config: AnalyzeConfig): Analysis {
  const kinds = ['questionWords', 'reasoningWords', 'reasoningTokens'] as const;
  const lengths = kinds.map((kind) => lengthsOf(all, kind));
  const ofSet = (i: number) => ({
    questionWords: lengths[0][i],
    reasoningWords: lengths[1][i],
    reasoningTokens: lengths[2][i],
  });
  const refined = all.map((set) =>
    distinction([`${set.name}, revised`, set.reasoning], [`${set.name}, drafts`, set.drafts], config),
  );
  const [a, b] = all;
  const between = b && distinction([a.name, a.reasoning], [b.name, b.reasoning], config);
  return {
    sets: all.map((set, i) => setOf(set, config, ofSet(i))),
    distinctions: [between, ...refined].filter((found) => found !== undefined),
    sharedQuestions: b ? sharedCount(a.questions.hashes(), b.questions.hashes()) : null,
  };
}
