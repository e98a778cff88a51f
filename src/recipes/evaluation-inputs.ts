// What an evaluation asks: sample files or a benchmark's folder → questions, checked, drawn by the seed, and the facts of their files.
// Leaves out: protocols and models.
import { VideorftError } from '../base/errors.ts';
import { lazyProgress } from '../base/progress.ts';
import type { Archives, Packed } from '../data/archives/index.ts';
import { subsample } from '../data/index.ts';
import { type BenchmarkRows, findBenchmark, type Question, readBenchmark, refusePartial } from '../evaluate/index.ts';
import type { EvaluationConfig } from './evaluation-config.ts';
import { benchmarkFacts, type DatasetFacts, sampleFileFacts } from './evaluation-manifest.ts';
import { fingerprint, readInputs, refuseWrongRoot } from './inputs.ts';
import type { SetAsideRow } from './set-aside.ts';

export interface EvaluationInputs {
  /** Drawn. */
  readonly questions: readonly Question[];
  /** The folder that paths start from. */
  readonly root: string;
  /** Where media are in zips: these, and what is where in them by path. */
  readonly archives?: Archives;
  readonly packed: ReadonlyMap<string, Packed>;
  readonly setAside: readonly SetAsideRow[];
  readonly dataset: DatasetFacts;
  /** Rows of the files: questions + set aside + not drawn + left out. */
  readonly total: number;
  readonly notDrawn: number;
  readonly leftOut: number;
}

const draw = (questions: readonly Question[], { limit, seed }: EvaluationConfig) =>
  subsample(questions, limit ?? questions.length, seed);

async function fromFiles(config: EvaluationConfig, root: string): Promise<EvaluationInputs> {
  const inputs = await readInputs(config.data, { maxShare: 1 });
  const questions = draw(inputs.samples, config);
  if (config.mediaUrl === undefined) await refuseWrongRoot(questions, root);
  const facts = { benchmark: null, form: 'samples', rows: inputs.total, expected: null, leftOut: {} };
  return {
    questions,
    root,
    packed: new Map(),
    setAside: inputs.setAside,
    dataset: {
      ...facts,
      files: await sampleFileFacts(config.data),
      rejected: inputs.setAside.length,
      samples: fingerprint(questions),
    },
    total: inputs.total,
    notDrawn: inputs.samples.length - questions.length,
    leftOut: 0,
  };
}

/** Throws 'benchmark-archives' where videos are missing and archives lie there that could not be read: most likely they hold them. */
function refuseUnread({ benchmark, root, missingMedia, archives }: BenchmarkRows): void {
  const [first] = archives?.unread ?? [];
  if (missingMedia.length === 0 || first === undefined) return;
  throw new VideorftError(
    `${missingMedia.length} videos of ${benchmark.name} are missing, and archives lie there that are not read`,
    {
      code: 'benchmark-archives',
      facts: {
        mediaRoot: root,
        first: missingMedia[0],
        archives: archives?.unread.map(({ archive }) => archive).join(', '),
        reason: first.reason,
      },
      fix: `download them again, or unpack them. ${benchmark.get} Or give --partial: what is missing is an error then.`,
    },
  );
}

async function fromBenchmark(
  config: EvaluationConfig,
  name: string,
  dir: string,
  signal: AbortSignal | undefined,
): Promise<EvaluationInputs> {
  const bar = lazyProgress({ label: `${name}: looking into zips`, unit: 'zips' });
  const rows = await readBenchmark(dir, findBenchmark(name), { onProgress: bar.set, signal }).finally(bar.finish);
  if (!config.partial) {
    refusePartial(rows);
    if (config.mediaUrl === undefined) refuseUnread(rows);
  }
  // With an address the videos are the server's, and need not be here.
  if (
    config.mediaUrl === undefined &&
    rows.questions.length > 0 &&
    rows.questions.every(({ path }) => rows.missingMedia.includes(path))
  )
    throw new VideorftError(`not one video of ${name} is there`, {
      code: 'inputs-media-root',
      facts: { mediaRoot: rows.root, first: rows.missingMedia[0] },
      fix: `${rows.benchmark.get} videorft eval --check ${dir} says what is missing.`,
    });
  const questions = draw(rows.questions, config);
  return {
    questions,
    root: rows.root,
    archives: rows.archives,
    packed: rows.packed,
    setAside: rows.rejected.map(({ file, line, reason }) => ({ id: `${file}:${line}`, path: '', reason, file, line })),
    dataset: benchmarkFacts(rows, fingerprint(questions)),
    total: rows.total,
    notDrawn: rows.questions.length - questions.length,
    leftOut: Object.values(rows.leftOut).reduce((a, b) => a + b, 0),
  };
}

/** Errors: as readInputs, readBenchmark; 'inputs-media-root' where not one file is there, 'benchmark-rows' where rows are missing, 'benchmark-archives'
 * where videos are missing and archives cannot be read. */
export const evaluationInputs = (
  config: EvaluationConfig,
  mediaRoot: string,
  signal?: AbortSignal,
): Promise<EvaluationInputs> =>
  config.benchmark === undefined
    ? fromFiles(config, mediaRoot)
    : fromBenchmark(config, config.benchmark, mediaRoot, signal);
