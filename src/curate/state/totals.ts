// What a curation has taken, summed over its attempts in SQLite. Reads only.
import type { DatabaseSync } from 'node:sqlite';
import { type AskingStage, askingStages, type Effort, type Outcome, type StageTotals, type TaskId } from './port.ts';

interface Sums {
  readonly outcome: Outcome | null;
  readonly attempts: number;
  readonly seconds: number | null;
  readonly prompt: number | null;
  readonly completion: number | null;
}

const sums = `outcome, count(*) AS attempts, sum(coalesce(ended, began) - began) / 1000 AS seconds,
  sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion
  FROM attempts JOIN tasks ON tasks.id = attempts.task`;

function effortFrom(rows: readonly Sums[]): Effort {
  const sum = (read: (row: Sums) => number | null) => rows.reduce((total, row) => total + (read(row) ?? 0), 0);
  const replies = rows.filter(({ outcome }) => outcome === 'answered' || outcome === 'malformed');
  return {
    attempts: sum((row) => row.attempts),
    replies: replies.reduce((total, row) => total + row.attempts, 0),
    seconds: sum((row) => row.seconds),
    usage: { promptTokens: sum((row) => row.prompt), completionTokens: sum((row) => row.completion) },
  };
}

export interface Totals {
  effort(task: TaskId): Effort;
  /** An attempt under way counts as 'lost': until it ends, that is what is known of it. */
  totals(): Record<AskingStage, StageTotals>;
}

export function createTotals(database: DatabaseSync): Totals {
  const ofTask = database.prepare(`SELECT ${sums} WHERE stage = ? AND key = ? GROUP BY outcome`);
  const ofStage = database.prepare(`SELECT ${sums} WHERE stage = ? GROUP BY outcome ORDER BY outcome`);
  const answered = database.prepare('SELECT count(*) AS n FROM tasks WHERE stage = ? AND value IS NOT NULL');
  const stageTotals = (stage: AskingStage): StageTotals => {
    const rows = ofStage.all(stage) as unknown as Sums[];
    const outcomes: Partial<Record<Outcome, number>> = {};
    for (const { outcome, attempts } of rows) {
      const name = outcome ?? 'lost';
      outcomes[name] = (outcomes[name] ?? 0) + attempts;
    }
    return { ...effortFrom(rows), answers: (answered.get(stage) as { n: number }).n, outcomes };
  };
  return {
    effort: ({ stage, key }) => effortFrom(ofTask.all(stage, key) as unknown as Sums[]),
    totals: () =>
      Object.fromEntries(askingStages.map((stage) => [stage, stageTotals(stage)])) as Record<AskingStage, StageTotals>,
  };
}
