// What refinement changed, from the rows of provenance.jsonl: verdicts, similarities of open-ended answers, edits by kind, words that stayed and went.
import { createCosineHistogram } from '../report/cosine-histogram.ts';
import { correctionKind } from '../report/edits.ts';
import type { HistogramBin } from '../report/statistics.ts';
import { createTally, type Tally } from './tallies.ts';

export interface Refinement {
  readonly samples: number;
  /** Rows beside them that cannot be read. */
  readonly unreadable: number;
  readonly changed: number;
  readonly answersChanged: number;
  /** Kept, or why not. */
  readonly verdicts: Tally;
  /** Corrections by kind. */
  readonly kinds: Tally;
  /** Samples by how many corrections they had; the last bin holds all above. */
  readonly corrections: readonly HistogramBin[];
  readonly words: { readonly same: number; readonly removed: number; readonly added: number };
}

/** Larger numbers of corrections are counted together. */
const MOST_CORRECTIONS = 10;

export interface ProvenanceRow {
  readonly verdict?: string;
  readonly similarity?: number | null;
  readonly refinement?: {
    readonly think_changed?: boolean;
    readonly answer?: object | null;
    readonly words?: Refinement['words'];
    readonly inconsistencies?: readonly { kind?: string; claim?: string; correction?: string }[];
  };
}

export function createRefinementCount() {
  const verdicts = createTally();
  const kinds = createTally();
  const cosines = createCosineHistogram();
  const corrections = new Array<number>(MOST_CORRECTIONS + 1).fill(0);
  const words = { same: 0, removed: 0, added: 0 };
  let [samples, unreadable, changed, answersChanged] = [0, 0, 0, 0];
  return {
    addUnreadable: () => void unreadable++,
    add({ verdict, similarity, refinement }: ProvenanceRow): void {
      samples++;
      verdicts.add(verdict ?? 'unknown');
      if (typeof similarity === 'number') cosines.add(similarity);
      if (refinement?.think_changed) changed++;
      if (refinement?.answer) answersChanged++;
      const found = refinement?.inconsistencies ?? [];
      corrections[Math.min(MOST_CORRECTIONS, found.length)]++;
      for (const { kind, claim = '', correction = '' } of found)
        kinds.add(kind ?? correctionKind({ claim, correction }));
      for (const part of ['same', 'removed', 'added'] as const) words[part] += refinement?.words?.[part] ?? 0;
    },
    result: (): Refinement => ({
      samples,
      unreadable,
      changed,
      answersChanged,
      verdicts: verdicts.result(),
      kinds: kinds.result(),
      corrections: corrections.map((count, i) => ({ from: i, to: i + 1, count })),
      words,
    }),
    similarities: () => cosines.result(),
  };
}
