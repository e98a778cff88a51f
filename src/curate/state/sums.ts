// What attempts took, from their sums by outcome. Pure; each state asks its database for the sums (totals.ts).
import { type AskingStage, askingStages, type Effort, type Outcome, type StageTotals } from './port.ts';

/** The attempts of one outcome; null while they are under way. */
export interface Sums {
  readonly outcome: Outcome | null;
  readonly attempts: number;
  readonly seconds: number | null;
  readonly prompt: number | null;
  readonly completion: number | null;
}

export function effortOf(rows: readonly Sums[]): Effort {
  const sum = (read: (row: Sums) => number | null) => rows.reduce((total, row) => total + (read(row) ?? 0), 0);
  const replies = rows.filter(({ outcome }) => outcome === 'answered' || outcome === 'malformed');
  return {
    attempts: sum((row) => row.attempts),
    replies: replies.reduce((total, row) => total + row.attempts, 0),
    seconds: sum((row) => row.seconds),
    usage: { promptTokens: sum((row) => row.prompt), completionTokens: sum((row) => row.completion) },
  };
}

/** An attempt under way counts as 'lost': until it ends, that is what is known of it. */
export function stageTotalsOf(rows: readonly Sums[], answers: number): StageTotals {
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { outcome, attempts } of rows) {
    const name = outcome ?? 'lost';
    outcomes[name] = (outcomes[name] ?? 0) + attempts;
  }
  return { ...effortOf(rows), answers, outcomes };
}

export const byStage = <T>(of: (stage: AskingStage) => T): Record<AskingStage, T> =>
  Object.fromEntries(askingStages.map((stage) => [stage, of(stage)])) as Record<AskingStage, T>;
