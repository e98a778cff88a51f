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

/** What the card counts of one kept chain. */
interface KeptChain {
  readonly think: string;
  readonly draft: string;
  readonly sample: Pick<Sample, 'skill' | 'problem_type'>;
}

export function createCardFacts() {
  const lengths = { kept: createLengthCounter(), drafts: createLengthCounter() };
  const kinds = new Map<string, Map<string, number>>();
  const wordsIn = (text: string) => text.match(/\S+/g)?.length ?? 0;
  const addKept = ({ think, draft, sample: { skill, problem_type } }: KeptChain) => {
    const group = skill ?? 'unknown';
    lengths.kept.add(wordsIn(think));
    lengths.drafts.add(wordsIn(draft));
    const types = kinds.get(group) ?? new Map<string, number>();
    kinds.set(group, types.set(problem_type, (types.get(problem_type) ?? 0) + 1));
  };
  return {
    add({ verdict, row, reason, refine }: Judged): void {
      if (verdict.kept) addKept({ think: refine.value.think, draft: reason.value.think, sample: row.sample });
    },
    addKept,
    facts: (): CardFacts => ({ lengths, kinds }),
  };
}

/** Distinct media, as samples stream by. */
export function createMediaCount() {
  const paths = { video: new Set<string>(), image: new Set<string>() };
  return {
    add({ data_type, path }: Pick<Sample, 'data_type' | 'path'>): void {
      paths[data_type].add(path);
    },
    media: (): Media => ({ videos: paths.video.size, images: paths.image.size }),
  };
}

/** Stages whose failure means that an expert was shown the media, or would have been. */
export const askedStages: readonly string[] = ['describe', 'reason', 'refine', 'judge'];

/** Distinct media that a seeing expert was shown, or would have been: of finished samples and of those that failed at an expert. */
export function shownMedia(finished: readonly Finished[], quarantined: readonly Quarantined[]): Media {
  const count = createMediaCount();
  for (const { row } of finished) count.add(row.sample);
  for (const { stage, row } of quarantined) if (askedStages.includes(stage)) count.add(row as Sample);
  return count.media();
}
