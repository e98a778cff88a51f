// Asks a model a set of questions, greedily, and scores each answer: strictly (what stands between the answer tags) and leniently
// (the answer wherever it stands, so that format does not count as reasoning). A sample that fails is a row with an error, never a
// wrong answer. Rows are appended as they come, so an interrupted evaluation continues. Leaves out: intervals and tables (report/).

import type { Backend, Completion, Prompt } from '../backends/port.ts';
import { reasonOf, VideorftError } from '../base/errors.ts';
import { appendJsonl, rowsIfPresent } from '../base/jsonl.ts';
import type { Sample } from '../data/sample.ts';
import { lenientAnswer, parseCompletion } from '../prompt/parse.ts';
import { accuracyReward, type RewardScorer } from '../rewards/index.ts';

export interface EvaluateOptions {
  readonly maxTokens: number;
  /** 0: greedy. */
  readonly temperature: number;
  readonly topP?: number;
  readonly seed: number;
  /** Measures R_s of thinking completions; left out where not wanted. */
  readonly scorer?: RewardScorer;
  /** Questions asked together; rows are stored after each. Default 64. */
  readonly chunk?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface EvaluatedRow {
  readonly id: string;
  readonly path: string;
  readonly output: string;
  readonly strict: number;
  readonly lenient: number;
  readonly formatOk: boolean;
  readonly semantic: number | null;
  readonly tokens: number;
  readonly error: string | null;
}

/** Decodes a sample's media and renders its prompt. Throws a VideorftError that names the file. */
export type LoadPrompt = (sample: Sample) => Promise<Prompt>;

/** Rows that an earlier process stored in `file`, by sample id. */
async function storedRows(file: string): Promise<Map<string, EvaluatedRow>> {
  return new Map((await rowsIfPresent<EvaluatedRow>(file)).map((row) => [row.id, row]));
}

const failed = (sample: Sample, error: unknown): EvaluatedRow => ({
  id: String(sample.problem_id),
  path: sample.path,
  output: '',
  strict: 0,
  lenient: 0,
  formatOk: false,
  semantic: null,
  tokens: 0,
  error: reasonOf(error),
});

/** One answer scored. Throws where the sample's own solution cannot be read. */
function scoreRow(sample: Sample, completion: Completion, semantic: number | null): EvaluatedRow {
  const parsed = parseCompletion(completion.text);
  const options = sample.options ?? undefined;
  const lenient = lenientAnswer(completion.text, sample.problem_type, { options: options ?? undefined });
  return {
    id: String(sample.problem_id),
    path: sample.path,
    output: completion.text,
    strict: accuracyReward(sample, parsed.answer).value,
    lenient: accuracyReward(sample, lenient).value,
    formatOk: parsed.formatOk,
    semantic,
    tokens: completion.tokens.length,
    error: null,
  };
}

interface Ready {
  readonly sample: Sample;
  readonly prompt: Prompt;
}

/** Evaluates every sample, in order; rows stored in `file` are not asked again. Errors: aborted. */
export async function evaluate(
  backend: Backend,
  samples: readonly Sample[],
  load: LoadPrompt,
  file: string,
  options: EvaluateOptions,
): Promise<EvaluatedRow[]> {
  const rows = await storedRows(file);
  const store = async (row: EvaluatedRow) => {
    rows.set(row.id, row);
    await appendJsonl(file, row);
  };
  const left = samples.filter((s) => !rows.has(String(s.problem_id)));
  const size = options.chunk ?? 64;
  for (let at = 0; at < left.length; at += size) {
    if (options.signal?.aborted) throw new VideorftError('evaluation was interrupted', { code: 'aborted' });
    const ready: Ready[] = [];
    for (const sample of left.slice(at, at + size)) {
      try {
        ready.push({ sample, prompt: await load(sample) });
      } catch (error) {
        if (!(error instanceof VideorftError)) throw error;
        await store(failed(sample, error));
      }
    }
    for (const row of await answer(backend, ready, options)) await store(row);
    options.onProgress?.(rows.size, samples.length);
  }
  return samples.map((s) => rows.get(String(s.problem_id)) as EvaluatedRow);
}

async function answer(backend: Backend, ready: readonly Ready[], o: EvaluateOptions): Promise<EvaluatedRow[]> {
  if (ready.length === 0) return [];
  const { maxTokens, temperature, topP, seed, signal } = o;
  const completions = await backend.sample(
    ready.map((r) => r.prompt),
    { numSamples: 1, maxTokens, temperature, topP, seed, signal },
  );
  const semantic = await semanticOf(ready, completions, o.scorer);
  return ready.map(({ sample }, i) => {
    try {
      return scoreRow(sample, completions[i][0], semantic[i]);
    } catch (error) {
      if (!(error instanceof VideorftError)) throw error;
      return failed(sample, error);
    }
  });
}

async function semanticOf(
  ready: readonly Ready[],
  completions: readonly Completion[][],
  scorer: RewardScorer | undefined,
): Promise<(number | null)[]> {
  if (!scorer) return ready.map(() => null);
  const groups = ready.map(({ sample, prompt }, i) => ({
    sample,
    clip: prompt.clip,
    completions_G: [{ text: completions[i][0].text }],
  }));
  const results = await scorer.scoreBatch(groups);
  return results.map((r) => (r.ok ? r.scores_G[0].semantic : null));
}
