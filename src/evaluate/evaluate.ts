// Asks a model a set of questions and scores each answer under a scoring: the one road of `videorft eval`, the speedrun and the baselines.
// A question that cannot be asked is a row with an error, never a wrong answer. Rows are appended as they come, so an interrupted
// evaluation continues. Leaves out: what a row holds (row.ts), intervals and tables (table.ts).

import type { Backend, Completion, Prompt } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';
import type { RewardScorer } from '../rewards/index.ts';
import type { Question } from './question.ts';
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

/** Evaluates every question, in order; rows stored in `file` are not asked again. Errors: aborted. */
export async function evaluate(
  backend: Backend,
  questions: readonly Question[],
  load: LoadPrompt,
  file: string,
  options: EvaluateOptions,
): Promise<EvaluatedRow[]> {
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
    for (const row of await answer(backend, ready, options)) await store(row);
    options.onProgress?.(rows.size, questions.length);
  }
  return questions.map((q) => rows.get(String(q.problem_id)) as EvaluatedRow);
}

async function answer(backend: Backend, ready: readonly Ready[], o: EvaluateOptions): Promise<EvaluatedRow[]> {
  if (ready.length === 0) return [];
  const { maxTokens, temperature, topP, seed, signal } = o;
  const start = performance.now();
  const completions = await backend.sample(
    ready.map((r) => r.prompt),
    { numSamples: 1, maxTokens, temperature, topP, seed, signal },
  );
  const share = Math.round((1000 * secondsSince(start)) / ready.length) / 1000;
  const semantic = await semanticOf(ready, completions, o.scorer);
  const decoding = { maxTokens, temperature, topP: topP ?? null, seed };
  return ready.map(({ question, prompt, loadSeconds }, i) => {
    const seconds = { load: loadSeconds, answer: share };
    const answered = { prompt, completion: completions[i][0], decoding, semantic: semantic[i], seconds };
    return answeredRow(question, answered, o.scoring ?? strict);
  });
}

async function semanticOf(
  ready: readonly Ready[],
  completions: readonly Completion[][],
  scorer: RewardScorer | undefined,
): Promise<(number | null)[]> {
  if (!scorer) return ready.map(() => null);
  const groups = ready.map(({ question, prompt }, i) => ({
    sample: question,
    clip: prompt.clip,
    completions_G: [{ text: completions[i][0].text }],
  }));
  const results = await scorer.scoreBatch(groups);
  return results.map((r) => (r.ok ? r.scores_G[0].semantic : null));
}
