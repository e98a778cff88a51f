// What the card of a data set tells, gathered while its chains stream by, in constant memory. Leaves out: what counts.json has (counts.ts),
// words (card.ts), figures (card-figures.ts).
import type { Sample } from '../../data/sample.ts';
import { createLengthCounter, type LengthCounter } from '../../report/length-counter.ts';
import type { Finished, Judged, Quarantined } from '../outcome.ts';

export interface Media {
  readonly videos: number;
  readonly images: number;
}

export interface CardFacts {
  /** Words of the kept chains' reasoning, and of their drafts. */
  readonly lengths: { readonly kept: LengthCounter; readonly drafts: LengthCounter };
  /** Kept chains by skill and answer type. */
  readonly kinds: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export function createCardFacts() {
  const lengths = { kept: createLengthCounter(), drafts: createLengthCounter() };
  const kinds = new Map<string, Map<string, number>>();
  const wordsIn = (text: string) => text.match(/\S+/g)?.length ?? 0;
  return {
    add(chain: Judged): void {
      const { verdict, row, reason, refine } = chain;
      if (!verdict.kept) return;
      lengths.kept.add(wordsIn(refine.value.think));
      lengths.drafts.add(wordsIn(reason.value.think));
      const { skill = 'unknown', problem_type } = row.sample;
      const types = kinds.get(skill) ?? new Map<string, number>();
      kinds.set(skill, types.set(problem_type, (types.get(problem_type) ?? 0) + 1));
    },
    facts: (): CardFacts => ({ lengths, kinds }),
  };
}

/** Distinct media that a seeing expert was shown, or would have been: of finished samples and of those that failed at an expert. */
export function shownMedia(finished: readonly Finished[], quarantined: readonly Quarantined[]): Media {
  const failed = quarantined.filter(({ stage }) => ['describe', 'reason', 'refine', 'judge'].includes(stage));
  const samples = [...finished.map(({ row }) => row.sample), ...failed.map(({ row }) => row as Sample)];
  const count = (kind: Sample['data_type']) =>
    new Set(samples.filter(({ data_type }) => data_type === kind).map(({ path }) => path)).size;
  return { videos: count('video'), images: count('image') };
}
