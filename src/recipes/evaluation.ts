// A model over questions: rows stored as they come, so that the same call continues, and manifest and summary beside them. A file of rows goes
// on only with the model and the settings that it was begun with. Leaves out: asking and scoring (evaluate/), choosing (evaluation-job.ts).
import { EmbeddedBackend } from '../backends/embedded/index.ts';
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
  ofBackend,
  ofChatModel,
  type Question,
  type Respondent,
  scoredRow,
  severalOf,
  thoughtOfRow,
} from '../evaluate/index.ts';
import { createOpenAIModel, type Endpoint } from '../llm/index.ts';
import { loadEmbedder } from '../models/index.ts';
import { summarizeReflection } from '../report/index.ts';
import { createRewardScorer } from '../rewards/index.ts';
import { assertSameConfig, type RunRecord, readRecord, writeRecord } from '../runs/record.ts';
import type { Manifest } from './evaluation-manifest.ts';
import { type EngineOptions, openModel } from './shipped.ts';

/** Who is asked: a model folder in this process, or an endpoint. */
export type Who =
  | { readonly kind: 'folder'; readonly dir: string; readonly engine?: EngineOptions }
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint };

export interface EvaluationJob {
  /** The rows: a .jsonl file. Beside it: .config.yaml, .manifest.json and .summary.json. */
  readonly out: string;
  readonly record: RunRecord;
  readonly manifest: Manifest;
  readonly who: Who;
  readonly samples: readonly Question[];
  readonly load: LoadPrompt;
  /** Folder of the embedder that measures R_s; absent: not measured. */
  readonly embedder?: string;
  readonly options: Omit<EvaluateOptions, 'scorer' | 'onProgress'>;
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

async function ask(respondent: Respondent, job: EvaluationJob): Promise<EvaluatedRow[]> {
  const embedder = job.embedder === undefined ? undefined : await loadEmbedder(job.embedder);
  const { dataset, protocol } = job.manifest;
  const label = `${dataset.benchmark ?? 'evaluate'} ${protocol.mode === 'direct' ? 'directly' : 'thinking'}`;
  const total = job.samples.length * (job.options.samples ?? 1);
  const progress = createProgress({ label, total, unit: 'answers' });
  let begun = false;
  try {
    return await evaluate(respondent, job.samples, job.load, job.out, {
      ...job.options,
      scorer: embedder && createRewardScorer(embedder),
      onProgress: (done, _total, score) => {
        const status = score === undefined ? undefined : `score so far ${(100 * score).toFixed(1)}%`;
        if (begun) progress.set(done, status);
        else progress.skip(done);
        begun = true;
      },
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
  const reflection = summarizeReflection(rows.filter(({ error }) => error === null).map(thoughtOfRow));
  const summaryFile = beside(out, 'summary.json');
  const several = severalOf(rows);
  const summary = { ...facts, table, reflection, ...(several ? { several } : {}) };
  await writeFileAtomic(summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
  return { table, summaryFile };
}

async function openRespondent(who: Who): Promise<{ respondent: Respondent; close: () => Promise<void> }> {
  if (who.kind === 'endpoint')
    return {
      respondent: ofChatModel(createOpenAIModel(who.endpoint), who.endpoint.concurrency),
      close: () => Promise.resolve(),
    };
  const { dir, engine } = who;
  const opened = await openModel(dir, { merge: true, dtype: engine?.dtype });
  const backend = new EmbeddedBackend(opened, { maxDecodeRows: 64, ...engine });
  return { respondent: ofBackend(backend), close: () => backend.close() };
}

/**
 * Evaluates what is left of each job with one model, then summarizes all rows. Errors: aborted (start again to continue),
 * run-config-changed, evaluation-foreign.
 */
export async function evaluateFiles(jobs: readonly EvaluationJob[]): Promise<Evaluation[]> {
  for (const job of jobs) {
    await claim(job);
    if (job.retryErrors) await dropErrors(job.out);
  }
  const { respondent, close } = await openRespondent(jobs[0].who);
  const done: Evaluation[] = [];
  try {
    for (const job of jobs) {
      const { scoring } = job.manifest.protocol;
      const rows = (await ask(respondent, job)).map((row) => scoredRow(row, scoring));
      done.push({ rows, ...(await summarize(job.out, rows, job.record)) });
    }
    return done;
  } finally {
    await close();
  }
}
