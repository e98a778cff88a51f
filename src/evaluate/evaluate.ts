// Asks a model a set of questions and scores each answer under a scoring: the one road of `videorft eval`, the speedrun and the baselines.
// A question that cannot be asked is a row with an error, never a wrong answer. Rows are appended as they come, so an interrupted
// evaluation continues. Leaves out: what a row holds (row.ts), intervals and tables (table.ts).

import type { Backend, Prompt } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';
import type { RewardScorer } from '../rewards/index.ts';
import type { Question } from './question.ts';
import { type Answer, ofBackend, type Respondent } from './respondent.ts';
import { answeredRow, type EvaluatedRow, failedRow } from './row.ts';
import type { Scoring } from './scoring/scoring.ts';

export interface EvaluateOptions {
  readonly maxTokens: number;
  /** 0: greedy. */
  readonly temperature: number;
  readonly topP?: number;
  readonly seed: number;
  /** Default: the answer block alone, regression by relative error. */
  readonly scoring?: Scoring;
  /** Measures R_s of thinking completions; left out where not wanted. */
  readonly scorer?: RewardScorer;
  /** Questions asked together; rows are stored after each. Default 64. */
  readonly chunk?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const strict: Scoring = { ladder: 'strict', regression: 'relative' };

/** Decodes a sample's media and renders its prompt. Throws a VideorftError that names the file. */
export type LoadPrompt = (question: Question) => Promise<Prompt>;

/** Rows that an earlier process stored in `file`, by sample id. */
async function storedRows(file: string): Promise<Map<string, EvaluatedRow>> {
  return new Map((await rowsIfPresent<EvaluatedRow>(file)).map((row) => [row.id, row]));
}

interface Ready {
  readonly question: Question;
  readonly prompt: Prompt;
  readonly loadSeconds: number;
}

const secondsSince = (start: number) => Math.round(performance.now() - start) / 1000;

/**
 * Evaluates every question, in order; rows stored in `file` are not asked again. Errors: aborted, and what ends a respondent.
 */
export async function evaluate(
  asked: Backend | Respondent,
  questions: readonly Question[],
  load: LoadPrompt,
  file: string,
  options: EvaluateOptions,
): Promise<EvaluatedRow[]> {
  const respondent = 'ask' in asked ? asked : ofBackend(asked);
  const rows = await storedRows(file);
  const store = async (row: EvaluatedRow) => {
    rows.set(row.id, row);
    await appendJsonl(file, row);
  };
  const left = questions.filter((q) => !rows.has(String(q.problem_id)));
  const size = options.chunk ?? 64;
  for (let at = 0; at < left.length; at += size) {
    if (options.signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted' });
    const ready: Ready[] = [];
    for (const question of left.slice(at, at + size)) {
      const start = performance.now();
      try {
        ready.push({ question, prompt: await load(question), loadSeconds: secondsSince(start) });
      } catch (error) {
        if (!(error instanceof VideorftError)) throw error;
        await store(failedRow(question, error));
      }
    }
    for (const row of await answer(respondent, ready, options)) await store(row);
    options.onProgress?.(rows.size, questions.length);
  }
  return questions.map((q) => rows.get(String(q.problem_id)) as EvaluatedRow);
}

async function answer(respondent: Respondent, ready: readonly Ready[], o: EvaluateOptions): Promise<EvaluatedRow[]> {
  if (ready.length === 0) return [];
  const { maxTokens, temperature, topP, seed, signal } = o;
  const start = performance.now();
  const answers = await respondent.ask(
    ready.map((r) => r.prompt),
    { maxTokens, temperature, topP, seed, signal },
  );
  const share = Math.round((1000 * secondsSince(start)) / ready.length) / 1000;
  const semantic = await semanticOf(ready, answers, o.scorer);
  const decoding = { maxTokens, temperature, topP: topP ?? null, seed };
  return ready.map(({ question, prompt, loadSeconds }, i) => {
    const [answer, seconds] = [answers[i], { load: loadSeconds, answer: share }];
    if (answer instanceof VideorftError) return failedRow(question, answer);
    return answeredRow(question, { prompt, answer, decoding, semantic: semantic[i], seconds }, o.scoring ?? strict);
  });
}

async function semanticOf(
  ready: readonly Ready[],
  answers: readonly (Answer | VideorftError)[],
  scorer: RewardScorer | undefined,
): Promise<(number | null)[]> {
  if (!scorer) return ready.map(() => null);
  const groups = ready.map(({ question, prompt }, i) => {
    const answer = answers[i];
    return {
      sample: question,
      clip: prompt.clip,
      completions_G: [{ text: answer instanceof VideorftError ? '' : answer.text }],
    };
  });
  const results = await scorer.scoreBatch(groups);
  return results.map((r) => (r.ok ? r.scores_G[0].semantic : null));
}
