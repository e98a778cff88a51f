// The account of a curation run: in = kept + rejected + quarantined, in total and for every stage, skill and answer type,
// asserted before it is written. Pure. Counts are of the data alone: a resumed run gives the same account. What it took is in bill.ts.
import { VideorftError } from '../base/errors.ts';
import type { LocatedSample } from '../data/read.ts';
import type { Sample } from '../data/sample.ts';
import type { FilterVerdict } from './filter/rules.ts';
import type { FilterCounts } from './filter/tally.ts';
import { formatFilter } from './filter/text.ts';
import { type Judged, type Quarantined, type StageName, stageNames } from './outcome.ts';
import type { AskingStage, StageRecord } from './state/port.ts';

export interface Tally {
  in: number;
  kept: number;
  rejected: number;
  quarantined: number;
}

export interface ExpertCounts {
  /** Distinct answers; a description is shared by the questions of its clip. */
  readonly records: number;
  readonly models: readonly string[];
  readonly prompt_versions: readonly string[];
}

/** What is left of a judged chain once its rows are written. */
export interface Settled {
  readonly row: LocatedSample;
  readonly verdict: FilterVerdict;
  readonly draftKept: boolean;
  readonly changed: boolean;
  readonly answerChanged: boolean;
  readonly inconsistencies: number;
}

export interface CurationCounts extends Tally {
  /** Rows of rl.jsonl: kept + rejected. */
  readonly rl: number;
  /** The draft chains of the same run under the same filter. */
  readonly unrefined: { readonly kept: number; readonly rejected: number };
  readonly stages: Readonly<Record<StageName, { readonly in: number; readonly out: number }>>;
  readonly skills: Readonly<Record<string, Tally>>;
  readonly types: Readonly<Record<string, Tally>>;
  /** Why rows were rejected or quarantined. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Every rule of the filter with its counts, and the distribution of similarities. */
  readonly filter: FilterCounts;
  /** A judge only where there is one. */
  readonly experts: Readonly<Record<Exclude<AskingStage, 'judge'>, ExpertCounts> & { judge?: ExpertCounts }>;
  readonly revisions: { readonly changed: number; readonly answer_changed: number; readonly inconsistencies: number };
}

type Fate = 'kept' | 'rejected' | 'quarantined';

function tallies(entries: readonly (readonly [string, Fate])[]): Record<string, Tally> {
  const groups: Record<string, Tally> = {};
  for (const [group, fate] of entries) {
    groups[group] ??= { in: 0, kept: 0, rejected: 0, quarantined: 0 };
    groups[group].in++;
    groups[group][fate]++;
  }
  return Object.fromEntries(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function settle({ row, reason, refine, verdict, draftVerdict }: Judged): Settled {
  return {
    row,
    verdict,
    draftKept: draftVerdict.kept,
    changed: refine.value.think !== reason.value.think,
    answerChanged: refine.value.answer !== reason.value.answer,
    inconsistencies: refine.value.inconsistencies.length,
  };
}

/** Counts the distinct answers of one stage, and who gave them. */
export function createExpertCount() {
  const [keys, models, versions] = [new Set<string>(), new Set<string>(), new Set<string>()];
  return {
    add({ key, model, promptVersion }: StageRecord<unknown>): void {
      keys.add(key);
      models.add(model);
      versions.add(promptVersion);
    },
    counts: (): ExpertCounts => ({
      records: keys.size,
      models: [...models].sort(),
      prompt_versions: [...versions].sort(),
    }),
  };
}

function stageFlow(total: number, quarantined: readonly Quarantined[]): CurationCounts['stages'] {
  let left = total;
  const flow = stageNames.map((stage) => {
    const before = left;
    left -= quarantined.filter((row) => row.stage === stage).length;
    return [stage, { in: before, out: left }];
  });
  return Object.fromEntries(flow) as CurationCounts['stages'];
}

function reasonCounts(judged: readonly Settled[], quarantined: readonly Quarantined[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  const count = (reason: string) => {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  for (const { verdict } of judged) if (verdict.reason) count(verdict.reason);
  for (const { code } of quarantined) count(code);
  return reasons;
}

const fieldOf = (row: unknown, field: 'skill' | 'problem_type'): string => {
  const value = typeof row === 'object' && row !== null ? (row as Partial<Sample>)[field] : undefined;
  return typeof value === 'string' ? value : 'unknown';
};

export interface Outcomes {
  /** Input rows. */
  readonly total: number;
  readonly judged: readonly Settled[];
  readonly quarantined: readonly Quarantined[];
  readonly experts: CurationCounts['experts'];
  readonly filter: FilterCounts;
}

/** The account. Throws `curate-counts` if it does not add up, which would be a defect of ours. */
export function countOutcomes({ total, judged, quarantined, experts, filter }: Outcomes): CurationCounts {
  const count = (is: (chain: Settled) => boolean) => judged.filter(is).length;
  const [kept, draftsKept] = [count(({ verdict }) => verdict.kept), count(({ draftKept }) => draftKept)];
  const groupBy = (field: 'skill' | 'problem_type') =>
    tallies([
      ...judged.map(({ row, verdict }) => [fieldOf(row.sample, field), verdict.kept ? 'kept' : 'rejected'] as const),
      ...quarantined.map(({ row }) => [fieldOf(row, field), 'quarantined'] as const),
    ]);
  const counts: CurationCounts = {
    in: total,
    kept,
    rejected: judged.length - kept,
    quarantined: quarantined.length,
    rl: judged.length,
    unrefined: { kept: draftsKept, rejected: judged.length - draftsKept },
    stages: stageFlow(total, quarantined),
    skills: groupBy('skill'),
    types: groupBy('problem_type'),
    reasons: reasonCounts(judged, quarantined),
    filter,
    experts,
    revisions: {
      changed: count(({ changed }) => changed),
      answer_changed: count(({ answerChanged }) => answerChanged),
      inconsistencies: judged.reduce((sum, { inconsistencies }) => sum + inconsistencies, 0),
    },
  };
  assertCounts(counts);
  return counts;
}

/** in = kept + rejected + quarantined, overall and summed over skills and over types; what leaves the last stage is rl; rules add up to rejected. */
export function assertCounts(counts: CurationCounts): void {
  const balanced = (tally: Tally) => tally.in === tally.kept + tally.rejected + tally.quarantined;
  const sums = [counts.skills, counts.types].every((groups) => {
    const all = Object.values(groups);
    return all.every(balanced) && all.reduce((sum, tally) => sum + tally.in, 0) === counts.in;
  });
  const byRule = Object.values(counts.filter.rules).reduce((sum, rule) => sum + rule.rejected, 0);
  if (balanced(counts) && sums && counts.stages.filter.out === counts.rl && byRule === counts.rejected) return;
  const { in: total, kept, rejected, quarantined, rl } = counts;
  throw new VideorftError('The counts of the curation do not add up.', {
    code: 'curate-counts',
    facts: { in: total, kept, rejected, quarantined, rl },
    fix: 'Please report this with the folder of the run.',
  });
}

/** The account as lines for the terminal. */
export function formatCounts(counts: CurationCounts): string {
  const { kept, rejected, quarantined } = counts;
  const reasons = Object.entries(counts.reasons).map(([reason, n]) => `${reason} ${n}`);
  const experts = Object.entries(counts.experts).map(
    ([stage, { records, models }]) => `${stage}: ${records} answers of ${models.join(', ') || 'nobody'}`,
  );
  return [
    `in ${counts.in} = kept ${kept} + rejected ${rejected} + quarantined ${quarantined}${reasons.length ? ` (${reasons.join(', ')})` : ''}`,
    `rl.jsonl ${counts.rl}, cot.jsonl ${kept}, cot-unrefined.jsonl ${counts.unrefined.kept}`,
    `revised ${counts.revisions.changed} of ${counts.rl} chains, ${counts.revisions.answer_changed} answers changed`,
    ...formatFilter(counts.filter),
    ...experts,
  ].join('\n');
}
