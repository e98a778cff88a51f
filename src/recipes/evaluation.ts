// A model over a sample file: rows stored as they come, so that the same call continues, and a summary beside them. A file of rows goes on
// only with the model and the settings that it was begun with. Leaves out: asking and scoring (evaluate/), benchmarks.
import { EmbeddedBackend } from '../backends/embedded/index.ts';
import { writeFileAtomic } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { rowsIfPresent, writeJsonl } from '../base/jsonl.ts';
import { createProgress } from '../base/progress.ts';
import type { Sample } from '../data/sample.ts';
import { type EvaluatedRow, type EvaluateOptions, evaluate, type LoadPrompt } from '../evaluate/index.ts';
import { loadEmbedder } from '../models/index.ts';
import { createRewardScorer } from '../rewards/index.ts';
import { assertSameConfig, type RunRecord, readRecord, writeRecord } from '../runs/record.ts';
import { type AccuracyRow, accuracyRows } from './accuracy-table.ts';
import { type EngineOptions, openModel } from './shipped.ts';

export interface EvaluationJob {
  /** The rows: a .jsonl file. Beside it: .config.yaml and .summary.json. */
  readonly out: string;
  readonly record: RunRecord;
  readonly model: string;
  readonly samples: readonly Sample[];
  readonly load: LoadPrompt;
  /** Folder of the embedder that measures R_s; absent: not measured. */
  readonly embedder?: string;
  readonly options: Omit<EvaluateOptions, 'scorer' | 'onProgress'>;
  readonly backend?: EngineOptions;
  /** Ask again where an earlier call stored an error. */
  readonly retryErrors?: boolean;
}

export interface Evaluation {
  readonly rows: readonly EvaluatedRow[];
  readonly table: readonly AccuracyRow[];
  readonly summaryFile: string;
}

/** "a/rows.jsonl" → "a/rows.summary.json". */
const beside = (out: string, ending: string) => `${out.replace(/\.jsonl$/, '')}.${ending}`;

/** Throws 'evaluation-foreign' for a file that no evaluation began: it might be somebody's data. */
async function claim(out: string, record: RunRecord): Promise<void> {
  const file = beside(out, 'config.yaml');
  const first = await readRecord(file);
  if (!first && (await statIfPresent(out)))
    throw new VideorftError('this file was not begun by an evaluation', {
      code: 'evaluation-foreign',
      facts: { file: out },
      fix: 'choose another file for the rows',
    });
  if (first) assertSameConfig(file, first, record, ['engine.maxDecodeRows', 'retryErrors']);
  else await writeRecord(file, record);
}

async function dropErrors(out: string): Promise<void> {
  const rows = await rowsIfPresent<EvaluatedRow>(out);
  const kept = rows.filter((row) => row.error === null);
  if (kept.length < rows.length) await writeJsonl(out, kept);
}

async function ask(job: EvaluationJob): Promise<EvaluatedRow[]> {
  const embedder = job.embedder === undefined ? undefined : await loadEmbedder(job.embedder);
  const backend = new EmbeddedBackend(await openModel(job.model, { merge: true, dtype: job.backend?.dtype }), {
    maxDecodeRows: 64,
    ...job.backend,
  });
  const progress = createProgress({ label: 'evaluate', total: job.samples.length, unit: 'answers' });
  try {
    return await evaluate(backend, job.samples, job.load, job.out, {
      ...job.options,
      scorer: embedder && createRewardScorer(embedder),
      onProgress: (done) => progress.set(Math.min(done, job.samples.length)),
    });
  } finally {
    progress.finish();
    await backend.close();
    await embedder?.close();
  }
}

/** Evaluates what is left, then summarizes all rows. Errors: aborted (start again to continue), run-config-changed. */
export async function evaluateFile(job: EvaluationJob): Promise<Evaluation> {
  await claim(job.out, job.record);
  if (job.retryErrors) await dropErrors(job.out);
  const rows = await ask(job);
  const table = accuracyRows(rows, job.samples);
  const summaryFile = beside(job.out, 'summary.json');
  await writeFileAtomic(summaryFile, `${JSON.stringify({ ...job.record, table }, null, 2)}\n`);
  return { rows, table, summaryFile };
}
