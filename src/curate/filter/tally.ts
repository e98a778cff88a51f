// What the filter found, counted: every rule with what it rejected and what it had something against, and the distribution of similarities,
// so that a threshold can be chosen by looking at it. Pure, and of constant size however many chains there are.
import { createCosineHistogram } from '../../report/cosine-histogram.ts';
import type { FilterConfig } from './config.ts';
import { type RuleName, ruleNames } from './names.ts';
import type { FilterVerdict } from './rules.ts';

/** Fine enough to choose a threshold by. */
const BINS_PER_UNIT = 40;

export interface RuleCount {
  /** Chains of which this rule is the reason; over all rules they add up to the rejected ones. */
  readonly rejected: number;
  /** Chains that it has something against, whatever the reason became. */
  readonly found: number;
}

export interface SimilarityBin {
  readonly from: number;
  readonly to: number;
  readonly chains: number;
  /** Of these, the ones against which no other rule has anything: what the threshold decides about. */
  readonly sound: number;
}

export interface Similarities {
  readonly chains: number;
  readonly threshold: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** From the first bin that holds something to the last one. */
  readonly bins: readonly SimilarityBin[];
}

export interface FilterCounts {
  readonly rules: Readonly<Record<RuleName, RuleCount>>;
  /** Of open-ended questions; null where there are none. */
  readonly similarity: Similarities | null;
}

export interface FilterTally {
  add(verdict: FilterVerdict): void;
  counts(): FilterCounts;
}

export function createFilterTally({ minSimilarity, off }: Pick<FilterConfig, 'minSimilarity' | 'off'>): FilterTally {
  const rejected = new Map<RuleName, number>();
  const found = new Map<RuleName, number>();
  const [all, sound] = [createCosineHistogram(BINS_PER_UNIT), createCosineHistogram(BINS_PER_UNIT)];
  let [chains, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const count = (of: Map<RuleName, number>, name: RuleName) => void of.set(name, (of.get(name) ?? 0) + 1);
  const addSimilarity = (value: number, rules: readonly RuleName[]) => {
    all.add(value);
    if (rules.every((name) => name === 'low-similarity' || off.includes(name))) sound.add(value);
    chains++;
    sum += value;
    [min, max] = [Math.min(min, value), Math.max(max, value)];
  };
  return {
    add({ reason, rules, similarity }) {
      if (reason) count(rejected, reason);
      for (const name of rules) count(found, name);
      if (similarity !== undefined) addSimilarity(similarity, rules);
    },
    counts() {
      const entries = ruleNames.map((name) => [
        name,
        { rejected: rejected.get(name) ?? 0, found: found.get(name) ?? 0 },
      ]);
      const sounds = sound.result();
      const bins = all
        .result()
        .map(({ from, to, count: n }, i) => ({ from, to, chains: n, sound: sounds[i]?.count ?? 0 }));
      const isFilled = (bin: SimilarityBin) => bin.chains > 0;
      const round = (value: number) => Number(value.toFixed(4));
      const similarity = {
        chains,
        threshold: minSimilarity,
        ...{ min: round(min), mean: round(sum / chains), max: round(max) },
        bins: bins.slice(bins.findIndex(isFilled), bins.findLastIndex(isFilled) + 1),
      };
      return {
        rules: Object.fromEntries(entries) as FilterCounts['rules'],
        similarity: chains > 0 ? similarity : null,
      };
    },
  };
}
