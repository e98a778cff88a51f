// The account of a review: what the curation kept and rejected, what the reviewer changed, and what is the result. Adds up or throws. Pure.
import { VideorftError } from '../../base/errors.ts';
import { type Decision, isEdit } from './decision.ts';
import type { Bin } from './set.ts';

type Judged = Exclude<Bin, 'quarantined'>;
const nobody = (): Record<Judged, number> => ({ kept: 0, rejected: 0 });

export interface ReviewCounts {
  readonly in: number;
  readonly kept: number;
  readonly rejected: number;
  readonly quarantined: number;
  /** Rows of the pool: kept + rejected without the discarded. */
  readonly rl: number;
  /** Before the review. */
  readonly curation: Readonly<Record<Bin, number>>;
  /** Rows by what was decided, and by the bin that they came from. */
  readonly reviewer: Readonly<Record<Decision['verdict'], Readonly<Record<Judged, number>>>> & {
    /** Among the accepted. */
    readonly edited: number;
  };
  /** Decisions that were not applied: the chain is another one since, or the sample is no longer among the rows. */
  readonly notApplied: { readonly stale: number; readonly gone: number };
}

/** Counts rows one by one. */
export class ReviewCounter {
  readonly #before: Record<Judged, number> = nobody();
  readonly #by = { accept: nobody(), reject: nobody(), discard: nobody() };
  #edited = 0;
  #stale = 0;

  /** A row of this bin, and the decision that holds for it; 'stale' for one about another chain. */
  add(bin: Judged, decision: Decision | 'stale' | undefined): void {
    this.#before[bin]++;
    if (decision === 'stale') this.#stale++;
    else if (decision) {
      this.#by[decision.verdict][bin]++;
      if (isEdit(decision)) this.#edited++;
    }
  }

  /** `written`: rows that went into each file; `gone`: decisions whose sample did not come. */
  counts(
    written: { readonly kept: number; readonly rejected: number; readonly rl: number },
    quarantined: number,
    gone: number,
  ): ReviewCounts {
    const { kept, rejected, rl } = written;
    const counts: ReviewCounts = {
      in: kept + rejected + quarantined,
      kept,
      rejected,
      quarantined,
      rl,
      curation: { ...this.#before, quarantined },
      reviewer: { ...this.#by, edited: this.#edited },
      notApplied: { stale: this.#stale, gone },
    };
    assertReviewCounts(counts);
    return counts;
  }
}

/** in = kept + rejected + quarantined before and after, and what lies between is the reviewer's. Throws 'review-counts'. */
export function assertReviewCounts({
  in: all,
  kept,
  rejected,
  quarantined,
  rl,
  curation,
  reviewer,
}: ReviewCounts): void {
  const { accept, reject, discard } = reviewer;
  const sums = [
    [all, curation.kept + curation.rejected + curation.quarantined],
    [kept, curation.kept - reject.kept - discard.kept + accept.rejected],
    [rejected, curation.rejected + reject.kept + discard.kept - accept.rejected],
    [all, kept + rejected + quarantined],
    [rl, kept + rejected - discard.kept - discard.rejected],
  ];
  if (sums.every(([a, b]) => a === b)) return;
  throw new VideorftError('The counts of the review do not add up.', {
    code: 'review-counts',
    facts: { in: all, kept, rejected, quarantined, rl },
    fix: 'Please report this with the folder of the review.',
  });
}

/** As lines for the terminal. */
export function formatReviewCounts(counts: ReviewCounts): string {
  const { curation, reviewer, notApplied } = counts;
  const { accept, reject, discard, edited } = reviewer;
  const lines = [
    `in ${counts.in} = kept ${counts.kept} + rejected ${counts.rejected} + quarantined ${counts.quarantined}`,
    `kept ${counts.kept} = ${curation.kept} before + ${accept.rejected} accepted by the reviewer - ${reject.kept + discard.kept} rejected by the reviewer`,
    `reviewer: confirmed ${accept.kept} kept and ${reject.rejected + discard.rejected} rejected, edited ${edited}, discarded ${discard.kept + discard.rejected} questions`,
  ];
  const { stale, gone } = notApplied;
  if (stale + gone > 0)
    lines.push(
      `not applied: ${stale} decisions about chains that have changed since, ${gone} about samples that are gone`,
    );
  return lines.join('\n');
}
