// A model over questions: rows stored as they come, so that the same call continues, and manifest and summary beside them. A file of rows goes
// on only with the model and the settings that it was begun with. Leaves out: asking and scoring (evaluate/), choosing (evaluation-job.ts).
import { EmbeddedBackend } from '../backends/embedded/index.ts';
import type { Backend } from '../backends/port.ts';
import { writeFileAtomic } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { rowsIfPresent, writeJsonl } from '../base/jsonl.ts';
import { createProgress } from '../base/progress.ts';
import {
  type AccuracyRow,
  accuracyRows,
  type EvaluatedRow,
  type EvaluateOptions,
  evaluate,
  type LoadPrompt,
  type Question,
  scoredRow,
} from '../evaluate/index.ts';
import { loadEmbedder } from '../models/index.ts';
import { createRewardScorer } from '../rewards/index.ts';
import { assertSameConfig, type RunRecord, readRecord, writeRecord } from '../runs/record.ts';
import type { Manifest } from './evaluation-manifest.ts';
import { type EngineOptions, openModel } from './shipped.ts';

export interface EvaluationJob {
  /** The rows: a .jsonl file. Beside it: .config.yaml, .manifest.json and .summary.json. */
  readonly out: string;
  readonly record: RunRecord;
  readonly manifest: Manifest;
  readonly model: string;
  readonly samples: readonly Question[];
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
export const beside = (out: string, ending: string) => `${out.replace(/\.jsonl$/, '')}.${ending}`;

/** Throws 'evaluation-foreign' for a file that no evaluation began: it might be somebody's data. */
async function claim({ out, record, manifest }: EvaluationJob): Promise<void> {
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
  const place = beside(out, 'manifest.json');
  if (!(await statIfPresent(place))) await writeFileAtomic(place, `${JSON.stringify(manifest, null, 2)}\n`);
}

async function dropErrors(out: string): Promise<void> {
  const rows = await rowsIfPresent<EvaluatedRow>(out);
  const kept = rows.filter((row) => row.error === null);
  if (kept.length < rows.length) await writeJsonl(out, kept);
}

async function ask(backend: Backend, job: EvaluationJob): Promise<EvaluatedRow[]> {
  const embedder = job.embedder === undefined ? undefined : await loadEmbedder(job.embedder);
  const label = `evaluate ${job.manifest.protocol.mode === 'direct' ? 'directly' : 'thinking'}`;
  const progress = createProgress({ label, total: job.samples.length, unit: 'answers' });
  try {
    return await evaluate(backend, job.samples, job.load, job.out, {
      ...job.options,
      scorer: embedder && createRewardScorer(embedder),
      onProgress: (done) => progress.set(Math.min(done, job.samples.length)),
    });
  } finally {
    progress.finish();
    await embedder?.close();
  }
}

/** Scores are computed from the rows, whatever they say themselves. */
export async function summarize(
  out: string,
  rows: readonly EvaluatedRow[],
  facts: object,
): Promise<{ readonly table: AccuracyRow[]; readonly summaryFile: string }> {
  const table = accuracyRows(rows);
  const summaryFile = beside(out, 'summary.json');
  await writeFileAtomic(summaryFile, `${JSON.stringify({ ...facts, table }, null, 2)}\n`);
  return { table, summaryFile };
}

/**
 * Evaluates what is left of each job with one model, then summarizes all rows. Errors: aborted (start again to continue),
 * run-config-changed, evaluation-foreign.
 */
export async function evaluateFiles(jobs: readonly EvaluationJob[]): Promise<Evaluation[]> {
  const [{ model, backend: engine }] = jobs;
  for (const job of jobs) {
    await claim(job);
    if (job.retryErrors) await dropErrors(job.out);
  }
  const opened = await openModel(model, { merge: true, dtype: engine?.dtype });
  const backend = new EmbeddedBackend(opened, { maxDecodeRows: 64, ...engine });
  const done: Evaluation[] = [];
  try {
    for (const job of jobs) {
      const { scoring } = job.manifest.protocol;
      const rows = (await ask(backend, job)).map((row) => scoredRow(row, scoring));
      done.push({ rows, ...(await summarize(job.out, rows, job.record)) });
    }
    return done;
  } finally {
    await backend.close();
  }
}
