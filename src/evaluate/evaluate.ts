// Asks a model a set of questions and scores each answer under a scoring: the one road of `videorft eval`, the speedrun and the baselines.
// A question that cannot be asked is a row with an error, never a wrong answer. Rows are appended as they come, so an interrupted
// evaluation continues. Leaves out: in which company questions are asked (batches.ts, window.ts), what a row holds (row.ts), tables (table.ts).

import type { Backend } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';
import { type Asking, type EvaluateOptions, secondsSince } from './asking.ts';
import { inBatches } from './batches.ts';
import type { Question } from './question.ts';
import { ofBackend, type Respondent } from './respondent.ts';
import { answeredRow, type EvaluatedRow, failedRow } from './row.ts';
import type { Scoring } from './scoring/scoring.ts';
import type { ShownPrompt } from './sent-video.ts';
import { type Task, tasksOf } from './task.ts';
import { inWindow } from './window.ts';

const strict: Scoring = { ladder: 'strict', regression: 'relative' };

/** Decodes a sample's media and renders its prompt. Throws a VideorftError that names the file. */
export type LoadPrompt = (question: Question) => Promise<ShownPrompt>;

const loadBy =
  (load: LoadPrompt): Asking['load'] =>
  async (task) => {
    const start = performance.now();
    try {
      return { task, prompt: await load(task.question), loadSeconds: secondsSince(start) };
    } catch (error) {
      // A disk that is full is no question's fault.
      if (!(error instanceof VideorftError) || error.code === 'archive-store') throw error;
      return failedRow(task, error);
    }
  };

/** Rows by id; what an earlier process stored is there from the beginning. */
async function openRows(file: string, tasks: readonly Task[], onProgress: EvaluateOptions['onProgress']) {
  const rows = new Map((await rowsIfPresent<EvaluatedRow>(file)).map((row) => [row.id, row]));
  let [done, asked, sum] = [0, 0, 0];
  const count = (row: EvaluatedRow) => {
    done++;
    if (row.error === null) [asked, sum] = [asked + 1, sum + row.score];
  };
  const tell = () => onProgress?.(done, tasks.length, asked > 0 ? sum / asked : undefined);
  for (const { id } of tasks) {
    const row = rows.get(id);
    if (row) count(row);
  }
  tell();
  const store = async (row: EvaluatedRow) => {
    rows.set(row.id, row);
    await appendJsonl(file, row);
    count(row);
    tell();
  };
  return { rows, store };
}

/**
 * Evaluates every question, and gives the rows in their order; rows stored in `file` are not asked again. Errors: aborted, evaluation-ids, and
 * what ends a respondent.
 */
export async function evaluate(
  asked: Backend | Respondent,
  questions: readonly Question[],
  load: LoadPrompt,
  file: string,
  options: EvaluateOptions,
): Promise<EvaluatedRow[]> {
  const respondent = 'ask' in asked ? asked : ofBackend(asked);
  const tasks = tasksOf(questions, options.seed, options.samples);
  const { rows, store } = await openRows(file, tasks, options.onProgress);
  const { maxTokens, temperature, topP } = options;
  const asking: Asking = {
    options,
    load: loadBy(load),
    isStored: ({ id }) => rows.has(id),
    store,
    rowOf: ({ task, prompt, loadSeconds }, answer, semantic, seconds) => {
      if (answer instanceof VideorftError) return failedRow(task, answer);
      const decoding = { maxTokens, temperature, topP: topP ?? null, seed: task.seed };
      const spent = { load: loadSeconds, answer: seconds };
      return answeredRow(task, { prompt, answer, decoding, semantic, seconds: spent }, options.scoring ?? strict);
    },
  };
  if (respondent.kind === 'batch') await inBatches(respondent, tasks, asking);
  else await inWindow(respondent, tasks, asking);
  return tasks.map(({ id }) => rows.get(id) as EvaluatedRow);
}
