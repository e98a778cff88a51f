// From evaluation rows to the accuracies, intervals and format shares of summary.json, and to breakdowns by group.
// Leaves out: stages, curation and memory, which the recipe knows; rows with an error count in `errors`, not as wrong.
import { VideorftError } from '../base/errors.ts';
import { accuracyInterval, type BootstrapOptions, pairedBootstrap } from './bootstrap.ts';
import type { EvaluationRow } from './speedrun-data.ts';
import { type Interval, mean } from './statistics.ts';
import { type ModelName, models, type Summary } from './summary.ts';

export type Mode = EvaluationRow['mode'];
export type Extraction = 'strict' | 'lenient';

/** Rows of one model and mode that were answered. */
export function answered(rows: readonly EvaluationRow[], model: ModelName, mode: Mode): EvaluationRow[] {
  return rows.filter((row) => row.model === model && row.mode === mode && !row.error);
}

/** Mean score with its 95% interval over videos. Throws `statistics-empty` when nothing was answered. */
export function scoreInterval(
  rows: readonly EvaluationRow[],
  extraction: Extraction,
  options?: BootstrapOptions,
): Interval {
  return accuracyInterval(
    rows.map((row) => ({ cluster: row.path, value: row[extraction] })),
    options,
  );
}

/** Gain of one model over another, thinking and strict, on the questions both answered; 95% paired interval over videos. */
export function pairedGain(
  rows: readonly EvaluationRow[],
  after: ModelName,
  before: ModelName,
  options?: BootstrapOptions,
): Interval {
  const keyed = (model: ModelName) =>
    answered(rows, model, 'think').map((row) => ({ key: String(row.id), cluster: row.path, value: row.strict }));
  const [a, b] = [keyed(after), keyed(before)];
  const inA = new Set(a.map((row) => row.key));
  const inB = new Set(b.map((row) => row.key));
  return pairedBootstrap(
    a.filter((row) => inB.has(row.key)),
    b.filter((row) => inA.has(row.key)),
    options,
  );
}

export type EvaluationSummary = Pick<Summary, 'lenient' | 'direct' | 'n' | 'format' | 'semantic'> & {
  readonly accuracy: Record<ModelName, number>;
  readonly ci95: Pick<Summary['ci95'], ModelName | 'lenient' | 'direct' | 'rftMinusSft'>;
  /** Rows that could not be answered, per model, both modes together. */
  readonly errors: Record<ModelName, number>;
};

const perModel = <T>(value: (model: ModelName) => T): Record<ModelName, T> =>
  Object.fromEntries(models.map((model) => [model, value(model)])) as Record<ModelName, T>;

const estimates = (intervals: Record<ModelName, Interval>) => perModel((model) => intervals[model].estimate);
const bounds = (intervals: Record<ModelName, Interval>) =>
  perModel((model): [number, number] => [intervals[model].low, intervals[model].high]);

function meanSemantic(rows: readonly EvaluationRow[], model: ModelName): number {
  const values = answered(rows, model, 'think').flatMap((row) =>
    typeof row.semantic === 'number' ? [row.semantic] : [],
  );
  if (values.length > 0) return mean(values);
  throw new VideorftError(`No semantic reward among the evaluation rows of ${model}`, {
    code: 'summary-semantic',
    fix: 'Score the thinking completions with the semantic reward before summarizing.',
  });
}

/**
 * The evaluation part of summary.json. `n` is the number of distinct questions. The baselines' numbers, the stages and
 * the rest are the caller's: `{...summarizeEvaluation(rows), seconds, …}` with `accuracy` and `ci95` merged.
 */
export function summarizeEvaluation(rows: readonly EvaluationRow[], options?: BootstrapOptions): EvaluationSummary {
  const measure = (mode: Mode, extraction: Extraction) =>
    perModel((model) => scoreInterval(answered(rows, model, mode), extraction, options));
  const strict = measure('think', 'strict');
  const lenient = measure('think', 'lenient');
  const direct = measure('direct', 'strict');
  const gain = pairedGain(rows, 'rft', 'sft', options);
  return {
    accuracy: estimates(strict),
    lenient: estimates(lenient),
    direct: estimates(direct),
    n: new Set(rows.map((row) => String(row.id))).size,
    ci95: {
      ...bounds(strict),
      lenient: bounds(lenient),
      direct: bounds(direct),
      rftMinusSft: [gain.low, gain.high],
    },
    format: perModel((model) => mean(answered(rows, model, 'think').map((row) => (row.formatOk ? 1 : 0)))),
    semantic: { sft: meanSemantic(rows, 'sft'), rft: meanSemantic(rows, 'rft') },
    errors: perModel((model) => rows.filter((row) => row.model === model && row.error).length),
  };
}

export interface BreakdownRow {
  readonly group: string;
  /** Distinct questions of the group. */
  readonly n: number;
  /** Thinking, strict; undefined where the model answered nothing of the group. */
  readonly intervals: Readonly<Record<ModelName, Interval | undefined>>;
}

/** Thinking-strict accuracy of each model within each value of `field`, groups in the order of their names. */
export function breakdown(rows: readonly EvaluationRow[], field: 'skill' | 'problem_type' | 'kind'): BreakdownRow[] {
  const groups = [...new Set(rows.map((row) => row[field]))].sort();
  return groups.map((group) => {
    const inGroup = rows.filter((row) => row[field] === group);
    return {
      group,
      n: new Set(inGroup.map((row) => String(row.id))).size,
      intervals: perModel((model) => {
        const own = answered(inGroup, model, 'think');
        return own.length > 0 ? scoreInterval(own, 'strict') : undefined;
      }),
    };
  });
}
