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

const idOf = ({ problem_id }: Question): string => String(problem_id);

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
  const size = options.chunk ?? 64;
  for (let at = 0; at < questions.length; at += size) {
    const chunk = questions.slice(at, at + size);
    const missing = new Set(chunk.filter((q) => !rows.has(idOf(q))).map(idOf));
    if (missing.size === 0) continue;
    if (options.signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted' });
    // A chunk that was stored in part is asked whole where answers depend on their company, so that they are what they would have been.
    const wanted = respondent.together ? chunk : chunk.filter((q) => missing.has(idOf(q)));
    const { ready, failed } = await loadAll(wanted, load);
    for (const row of [...failed, ...(await answer(respondent, ready, options))])
      if (missing.has(row.id)) await store(row);
    options.onProgress?.(rows.size, questions.length);
  }
  return questions.map((q) => rows.get(idOf(q)) as EvaluatedRow);
}

async function loadAll(
  questions: readonly Question[],
  load: LoadPrompt,
): Promise<{ ready: Ready[]; failed: EvaluatedRow[] }> {
  const [ready, failed]: [Ready[], EvaluatedRow[]] = [[], []];
  for (const question of questions) {
    const start = performance.now();
    try {
      ready.push({ question, prompt: await load(question), loadSeconds: secondsSince(start) });
    } catch (error) {
      if (!(error instanceof VideorftError)) throw error;
      failed.push(failedRow(question, error));
    }
  }
  return { ready, failed };
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
