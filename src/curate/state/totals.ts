// What a curation has taken, summed over its attempts in SQLite. Reads only.
import type { DatabaseSync } from 'node:sqlite';
import type { AskingStage, Effort, StageTotals, TaskId } from './port.ts';
import { byStage, effortOf, type Sums, stageTotalsOf } from './sums.ts';

const sums = `outcome, count(*) AS attempts, sum(coalesce(ended, began) - began) / 1000 AS seconds,
  sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion
  FROM attempts JOIN tasks ON tasks.id = attempts.task`;

export interface Totals {
  effort(task: TaskId): Effort;
  totals(): Record<AskingStage, StageTotals>;
}

export function createTotals(database: DatabaseSync): Totals {
  const ofTask = database.prepare(`SELECT ${sums} WHERE stage = ? AND key = ? GROUP BY outcome`);
  const ofStage = database.prepare(`SELECT ${sums} WHERE stage = ? GROUP BY outcome ORDER BY outcome`);
  const answered = database.prepare('SELECT count(*) AS n FROM tasks WHERE stage = ? AND value IS NOT NULL');
  const stageTotals = (stage: AskingStage): StageTotals => {
    const rows = ofStage.all(stage) as unknown as Sums[];
    return stageTotalsOf(rows, (answered.get(stage) as { n: number }).n);
  };
  return {
    effort: ({ stage, key }) => effortOf(ofTask.all(stage, key) as unknown as Sums[]),
    totals: () => byStage(stageTotals),
  };
}
