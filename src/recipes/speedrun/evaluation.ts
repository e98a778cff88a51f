// Base, SFT and RFT on the same held-out questions, thinking and answering directly, greedily. Rows are stored as they come.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedBackend } from '../../backends/embedded/index.ts';
import { createProgress } from '../../base/progress.ts';
import { evaluate } from '../../evaluate/index.ts';
import { loadEmbedder, loadVideoLanguageModel } from '../../models/index.ts';
import type { EvaluationRow, ModelName } from '../../report/index.ts';
import { createRewardScorer } from '../../rewards/index.ts';
import type { WorldRow } from '../../world/index.ts';
import { embedderOf } from './config.ts';
import type { Stage } from './training.ts';

const MODES = ['think', 'direct'] as const;

export interface Evaluated {
  readonly model: ModelName;
  /** Folder of its weights. */
  readonly dir: string;
}

/** Evaluates the models one after another; `questions` are the same for all. */
export async function evaluateModels(
  stage: Stage,
  models: readonly Evaluated[],
  questions: readonly WorldRow[],
): Promise<EvaluationRow[]> {
  const { config, clips, signal } = stage;
  const dir = join(config.out, 'evaluation');
  await mkdir(dir, { recursive: true });
  const embedder = await loadEmbedder(embedderOf(config));
  const scorer = createRewardScorer(embedder, { w: config.grpo.w });
  const progress = createProgress({
    label: 'evaluate',
    total: models.length * MODES.length * questions.length,
    unit: 'answers',
  });
  const out: EvaluationRow[] = [];
  try {
    for (const { model, dir: weights } of models) {
      const backend = new EmbeddedBackend(await loadVideoLanguageModel(weights), { maxDecodeRows: 64 });
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

const described = ({ skill, problem_type, kind, problem_id }: WorldRow) => ({
  id: String(problem_id),
  skill: skill ?? 'general',
  problem_type,
  kind,
});
