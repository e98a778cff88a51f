// Reading a shared curation's answers and what they took; reads of one turn of the event loop go together. Leaves out: writing.
import type { AskingStage, Effort, StageRecord, StageTotals, TaskId } from '../port.ts';
import { byStage, effortOf, type Sums, stageTotalsOf } from '../sums.ts';
import type { Query } from './connection.ts';

const sums = `outcome, count(*)::integer AS attempts, sum(coalesce(ended, began) - began) / 1000 AS seconds,
  sum(prompt_tokens)::float8 AS prompt, sum(completion_tokens)::float8 AS completion`;

/** `load` for one key, called for all that are asked for in the same turn. */
function together<T>(load: (tasks: readonly TaskId[]) => Promise<readonly T[]>): (task: TaskId) => Promise<T> {
  let waiting: { task: TaskId; promise: PromiseWithResolvers<T> }[] = [];
  const send = async () => {
    const group = waiting;
    waiting = [];
    try {
      const found = await load(group.map(({ task }) => task));
      for (const [i, { promise }] of group.entries()) promise.resolve(found[i]);
    } catch (error) {
      for (const { promise } of group) promise.reject(error);
    }
  };
  return (task) => {
    const promise = Promise.withResolvers<T>();
    if (waiting.push({ task, promise }) === 1) setImmediate(() => void send());
    return promise.promise;
  };
}

export interface AnswerRow {
  readonly key: string;
  readonly sample: string;
  readonly answer: string;
}

export const recordOf = <T>({ key, sample, answer }: AnswerRow): StageRecord<T> => ({
  key,
  sample: JSON.parse(sample),
  ...JSON.parse(answer),
});

const named = `(stage, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;
const namesOf = (tasks: readonly TaskId[]) => [tasks.map(({ stage }) => stage), tasks.map(({ key }) => key)];

export interface Reads {
  answer(task: TaskId): Promise<AnswerRow | undefined>;
  effort(task: TaskId): Promise<Effort>;
  totals(): Promise<Record<AskingStage, StageTotals>>;
}

export function createReads(query: Query, schema: string): Reads {
  const [tasks, attempts] = [`"${schema}".tasks`, `"${schema}".attempts`];
  const answers = async (wanted: readonly TaskId[]) => {
    const text = `SELECT stage, key, sample, answer FROM ${tasks} WHERE ${named} AND answer IS NOT NULL`;
    const rows = await query<AnswerRow & { stage: AskingStage }>(text, namesOf(wanted));
    const found = new Map(rows.map((row) => [`${row.stage} ${row.key}`, row]));
    return wanted.map(({ stage, key }) => found.get(`${stage} ${key}`));
  };
  const efforts = async (wanted: readonly TaskId[]) => {
    const text = `SELECT stage, key, ${sums} FROM ${attempts} a JOIN ${tasks} t ON t.id = a.task WHERE ${named} GROUP BY stage, key, outcome`;
    const rows = await query<Sums & TaskId>(text, namesOf(wanted));
    const groups = Map.groupBy(rows, ({ stage, key }) => `${stage} ${key}`);
    return wanted.map(({ stage, key }) => effortOf(groups.get(`${stage} ${key}`) ?? []));
  };
  return {
    answer: together(answers),
    effort: together(efforts),
    async totals() {
      const [taken, answered] = await Promise.all([
        query<Sums & { stage: AskingStage }>(
          `SELECT stage, ${sums} FROM ${attempts} a JOIN ${tasks} t ON t.id = a.task GROUP BY stage, outcome ORDER BY outcome`,
        ),
        query<{ stage: AskingStage; n: number }>(
          `SELECT stage, count(*)::integer AS n FROM ${tasks} WHERE answer IS NOT NULL GROUP BY stage`,
        ),
      ]);
      return byStage((stage) => {
        const { n = 0 } = answered.find((row) => row.stage === stage) ?? {};
        return stageTotalsOf(
          taken.filter((row) => row.stage === stage),
          n,
        );
      });
    },
  };
}
