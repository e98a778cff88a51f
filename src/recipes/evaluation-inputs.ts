// What an evaluation asks: sample files or a benchmark's folder → questions, checked, drawn by the seed, and the facts of their files.
// Leaves out: protocols and models.
import { VideorftError } from '../base/errors.ts';
import { subsample } from '../data/index.ts';
import {
  archivesIn,
  type BenchmarkRows,
  findBenchmark,
  type Question,
  readBenchmark,
  refusePartial,
} from '../evaluate/index.ts';
import type { EvaluationConfig } from './evaluation-config.ts';
import { benchmarkFacts, type DatasetFacts, sampleFileFacts } from './evaluation-manifest.ts';
import { fingerprint, readInputs, refuseWrongRoot } from './inputs.ts';
import type { SetAsideRow } from './set-aside.ts';

export interface EvaluationInputs {
  /** Drawn. */
  readonly questions: readonly Question[];
  /** The folder that paths start from. */
  readonly root: string;
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
  await refuseWrongRoot(questions, root);
  const facts = { benchmark: null, form: 'samples', rows: inputs.total, expected: null, leftOut: {} };
  return {
    questions,
    root,
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

/** Throws 'benchmark-archives' where videos are missing and archives lie there: most likely they hold them. */
async function refusePacked({ benchmark, root, missingMedia }: BenchmarkRows): Promise<void> {
  const archives = missingMedia.length > 0 ? await archivesIn(root) : [];
  if (archives.length === 0) return;
  throw new VideorftError(`${missingMedia.length} videos of ${benchmark.name} are missing, and archives lie there`, {
    code: 'benchmark-archives',
    facts: { mediaRoot: root, first: missingMedia[0], archives: archives.join(', ') },
    fix: `unpack them: videos are not read inside archives. ${benchmark.get} Or give --partial: what is missing is an error then.`,
  });
}

async function fromBenchmark(config: EvaluationConfig, name: string, dir: string): Promise<EvaluationInputs> {
  const rows = await readBenchmark(dir, findBenchmark(name));
  if (!config.partial) {
    refusePartial(rows);
    await refusePacked(rows);
  }
  if (rows.questions.length > 0 && rows.questions.every(({ path }) => rows.missingMedia.includes(path)))
    throw new VideorftError(`not one video of ${name} is there`, {
      code: 'inputs-media-root',
      facts: { mediaRoot: rows.root, first: rows.missingMedia[0] },
      fix: `${rows.benchmark.get} videorft eval --check ${dir} says what is missing.`,
    });
  const questions = draw(rows.questions, config);
  return {
    questions,
    root: rows.root,
    setAside: rows.rejected.map(({ file, line, reason }) => ({ id: `${file}:${line}`, path: '', reason, file, line })),
    dataset: benchmarkFacts(rows, fingerprint(questions)),
    total: rows.total,
    notDrawn: rows.questions.length - questions.length,
    leftOut: Object.values(rows.leftOut).reduce((a, b) => a + b, 0),
  };
}

/** Errors: as readInputs, readBenchmark; 'inputs-media-root' where not one file is there, 'benchmark-rows' where rows are missing, 'benchmark-archives'
 * where videos are not unpacked. */
export const evaluationInputs = (config: EvaluationConfig, mediaRoot: string): Promise<EvaluationInputs> =>
  config.benchmark === undefined ? fromFiles(config, mediaRoot) : fromBenchmark(config, config.benchmark, mediaRoot);
