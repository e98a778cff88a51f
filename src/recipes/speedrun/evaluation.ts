// Base, SFT and RFT on the same held-out questions, thinking and answering directly, greedily. Rows are stored as they come.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedBackend } from '../../backends/embedded/index.ts';
import { createProgress } from '../../base/progress.ts';
import type { Sample } from '../../data/sample.ts';
import { type EvaluatedRow, evaluate } from '../../evaluate/index.ts';
import { loadEmbedder, loadVideoLanguageModel } from '../../models/index.ts';
import type { EvaluationRow } from '../../report/index.ts';
import { createRewardScorer } from '../../rewards/index.ts';
import { embedderOf } from './config.ts';
import type { Stage } from './training.ts';

const MODES = ['think', 'direct'] as const;

export interface Evaluated<Name extends string> {
  readonly model: Name;
  /** Folder of its weights. */
  readonly dir: string;
}

/** A sample of the micro-world names its template; others do not. */
export type EvaluationQuestion = Sample & { readonly kind?: string };

/** A row of the report, whatever its models are called. */
export type ModelRow<Name extends string> = EvaluatedRow &
  Pick<EvaluationRow, 'skill' | 'problem_type' | 'kind' | 'mode'> & { readonly model: Name };

/** Evaluates the models one after another; `questions` are the same for all. */
export async function evaluateModels<Name extends string>(
  stage: Stage,
  models: readonly Evaluated<Name>[],
  questions: readonly EvaluationQuestion[],
): Promise<ModelRow<Name>[]> {
  const { config, clips, signal } = stage;
  const dir = join(config.out, 'evaluation');
  await mkdir(dir, { recursive: true });
  const { threads } = config;
  const embedder = await loadEmbedder(embedderOf(config), { threads });
  const scorer = createRewardScorer(embedder, { w: config.grpo.w });
  const progress = createProgress({
    label: 'evaluate',
    total: models.length * MODES.length * questions.length,
    unit: 'answers',
  });
  const out: ModelRow<Name>[] = [];
  try {
    for (const { model, dir: weights } of models) {
      const backend = new EmbeddedBackend(await loadVideoLanguageModel(weights), { maxDecodeRows: 64, threads });
      for (const mode of MODES) {
        const rows = await evaluate(
          backend,
          questions,
          (s) => clips.prompt(s, mode),
          join(dir, `${model}-${mode}.jsonl`),
          {
            maxTokens: config.grpo.maxTokens,
            temperature: 0,
            seed: config.seed,
            scorer: mode === 'think' ? scorer : undefined,
            signal,
            onProgress: (done) => progress.set(out.length + done, `${model} ${mode}`),
          },
        );
        out.push(...rows.map((row, i) => ({ ...row, model, mode, ...described(questions[i]) })));
      }
      await backend.close();
    }
  } finally {
    await embedder.close();
  }
  progress.finish();
  return out;
}

const described = ({ skill, problem_type, kind, problem_id }: EvaluationQuestion) => ({
  id: String(problem_id),
  skill: skill ?? 'general',
  problem_type,
  kind: kind ?? 'none',
});
