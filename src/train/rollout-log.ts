// What one GRPO step leaves behind: the metrics row and the rollout rows that people read.
import type { Completion } from '../backends/port.ts';
import { mean, standardDeviation } from '../base/numbers.ts';
import { reasoningWords } from '../prompt/parse.ts';
import { reflectionRate } from '../report/index.ts';
import type { ScoredGroup, UpdateStatistics } from './grpo.ts';

/** One metrics row; reward parts are means over all completions of the step. */
export function stepMetrics(groups: readonly ScoredGroup[], update: UpdateStatistics) {
  const scores = groups.flatMap((g) => g.scores_G);
  const completions = groups.flatMap((g) => g.completions_G);
  const semantic = scores.flatMap((s) => (s.semantic === null ? [] : [s.semantic]));
  return {
    reward: mean(scores.map((s) => s.total)),
    format: mean(scores.map((s) => s.format)),
    accuracy: mean(scores.map((s) => s.accuracy)),
    semantic: semantic.length > 0 ? mean(semantic) : null,
    semanticSpread: standardDeviation(semantic),
    semanticSaturation: semantic.length > 0 ? mean(semantic.map((s) => (s <= 0 || s >= 1 ? 1 : 0))) : 0,
    flatGroups: groups.length > 0 ? mean(groups.map((g) => (g.advantages_G.every((a) => a === 0) ? 1 : 0))) : 0,
    completionLength: mean(completions.map((o) => o.tokens.length)),
    reflecting: reflectionRate(completions.map((o) => o.text)).share,
    truncated: mean(completions.map((o) => (o.finish === 'length' ? 1 : 0))),
    unreasoned: unreasonedShare(groups),
    questions: groups.length,
    ...versionOf(completions),
    ...update,
  };
}

/** The oldest weights that sampled a completion, where they are told. */
function versionOf(completions: readonly Completion[]): { readonly samplerVersion?: number } {
  const versions = completions.flatMap(({ version }) => version ?? []);
  return versions.length > 0 ? { samplerVersion: Math.min(...versions) } : {};
}

/** Words below which what stands before an answer is no reasoning. */
const FEW_WORDS = 4;

/** Of the right completions, the share that reached the answer without reasoning; 0 where none is right. */
function unreasonedShare(groups: readonly ScoredGroup[]): number {
  const right = groups.flatMap((g) => g.completions_G.filter((_, i) => g.scores_G[i].accuracy >= 0.5));
  return mean(right.map((o) => (reasoningWords(o.text) < FEW_WORDS ? 1 : 0)));
}

export interface RolloutRow {
  readonly id: string;
  readonly path: string;
  /** Answer type. */
  readonly type: string;
  readonly problem: string;
  readonly options: readonly string[];
  readonly solution: string;
  readonly completions: readonly object[];
}

/** One row a question, every completion with each reward part, its span and its advantage. */
export function rolloutRows(groups: readonly ScoredGroup[]): RolloutRow[] {
  return groups.map((g) => ({
    id: String(g.sample.problem_id),
    path: g.sample.path,
    type: g.sample.problem_type,
    problem: g.sample.problem,
    options: g.sample.options ?? [],
    solution: g.sample.solution,
    completions: g.completions_G.map((o, i) => ({
      output: o.text,
      finish: o.finish,
      tokens: o.tokens.length,
      ...(o.version === undefined ? {} : { version: o.version }),
      ...g.scores_G[i],
      advantage: g.advantages_G[i],
    })),
  }));
}
