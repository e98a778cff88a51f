// From the configuration of `eval` to evaluations: questions read and drawn, model folder found, protocols chosen, and the record under which
// the rows may be continued. Leaves out: asking and scoring (evaluation.ts).
import {
  type EvaluatedRow,
  ProtocolLoader,
  parseShard,
  type Question,
  questionOf,
  shardOf,
  tasksOf,
} from '../evaluate/index.ts';
import { type Endpoint, endpointSchema } from '../llm/index.ts';
import type { RunRecord } from '../runs/index.ts';
import { beside, type EvaluationJob, type Who } from './evaluation.ts';
import type { EvaluationConfig } from './evaluation-config.ts';
import { type EvaluationInputs, evaluationInputs } from './evaluation-inputs.ts';
import {
  endpointFacts,
  folderFacts,
  idsHash,
  type ModelFacts,
  makeManifest,
  type ShardFacts,
} from './evaluation-manifest.ts';
import { evaluationMedia } from './evaluation-media.ts';
import { type ChosenProtocol, chooseProtocol, directOf } from './evaluation-protocol.ts';
import { refuseParts, sendingFacts, sendingOf, tellOfPictures } from './evaluation-sending.ts';
import { countReasons, SetAsideLog } from './set-aside.ts';
import { microBase, modelFolder } from './shipped.ts';

/** A configuration whose required parts are there. */
export type AskedEvaluation = EvaluationConfig & { readonly out: string; readonly mediaRoot: string };

export interface PreparedEvaluation {
  /** One, or thinking and then directly. */
  readonly jobs: readonly EvaluationJob[];
  readonly inputs: EvaluationInputs;
  /** Of `inputs`, those that other shards are asked. */
  readonly elsewhere: number;
  /** Ends the decoders. */
  close(): Promise<void>;
}

/** Pixels of a video above which few are held at once. */
const LARGE_VIDEO = 2_000_000;

function optionsOf(
  config: EvaluationConfig,
  { protocol }: ChosenProtocol,
  signal: AbortSignal,
): EvaluationJob['options'] {
  const { count, max_pixels } = protocol.frames;
  const chunk = Math.min(count * max_pixels > LARGE_VIDEO ? 8 : 64, config.engine.maxDecodeRows);
  const { seed, samples } = config;
  return { ...protocol.decoding, seed, samples, scoring: protocol.scoring, chunk, signal };
}

interface Part {
  readonly questions: readonly Question[];
  readonly facts: ShardFacts | undefined;
}

/** The questions of this machine. Throws 'evaluation-shard', 'evaluation-ids'. */
function partOf(questions: readonly Question[], { shard, seed, samples }: EvaluationConfig): Part {
  if (shard === undefined) return { questions, facts: undefined };
  const which = parseShard(shard);
  const part = shardOf(questions, which);
  const mine = new Set(part);
  // Of all questions, so that ids which meet only across shards are refused before anything is asked.
  const ids = tasksOf(questions, seed, samples).flatMap(({ id, question }) => (mine.has(question) ? [id] : []));
  return { questions: part, facts: { ...which, questions: part.length, rows: ids.length, ids: idsHash(ids) } };
}

interface ChosenRespondent {
  /** As the configuration names it, run directories resolved. */
  readonly named: string | undefined;
  readonly who: Who;
  readonly facts: ModelFacts;
}

/** The endpoint that the settings name; undefined where they name none. */
export function endpointOf(config: EvaluationConfig): Endpoint | undefined {
  const { endpoint: baseURL, endpointModel: model, apiKeyEnv, concurrency, extraBody } = config;
  if (baseURL === undefined || model === undefined) return undefined;
  return endpointSchema.parse({ baseURL, model, apiKeyEnv, concurrency, extraBody });
}

async function respondentOf(config: EvaluationConfig): Promise<ChosenRespondent> {
  const endpoint = endpointOf(config);
  if (endpoint === undefined) {
    const named = config.model === undefined ? undefined : await modelFolder(config.model);
    const dir = named ?? microBase;
    return { named, who: { kind: 'folder', dir, engine: config.engine }, facts: await folderFacts(dir) };
  }
  const { baseURL, model, extraBody } = endpoint;
  return {
    named: model,
    who: { kind: 'endpoint', endpoint },
    facts: endpointFacts(baseURL, model, sendingFacts(config), extraBody),
  };
}

/** Reads, draws and resolves. Rows that are no samples are set aside; media that cannot be read become rows with an error. */
export async function prepareEvaluation(
  config: AskedEvaluation,
  { versions, signal }: { readonly versions: RunRecord['versions']; readonly signal: AbortSignal },
): Promise<PreparedEvaluation> {
  const { out, mediaRoot, data, benchmark, seed, limit, embedder, retryErrors, engine, samples, shard } = config;
  const { named, who, facts } = await respondentOf(config);
  const model = who.kind === 'folder' ? who.dir : undefined;
  const chosen = await chooseProtocol(config, model);
  const inputs = await evaluationInputs(config, mediaRoot, signal);
  refuseParts(inputs.questions, chosen.protocol, config);
  tellOfPictures(inputs.questions, config);
  const part = partOf(inputs.questions, config);
  const media = evaluationMedia(config, inputs, signal);
  await SetAsideLog.begin(beside(out, 'setaside.jsonl'), inputs.setAside);
  const job = async (file: string, under: ChosenProtocol): Promise<EvaluationJob> => {
    const { protocol, changed } = under;
    const several = samples > 1 ? samples : undefined;
    const settings = {
      data,
      benchmark,
      mediaRoot,
      seed,
      limit,
      embedder,
      retryErrors,
      engine,
      shard,
      answers: several,
    };
    const loader = new ProtocolLoader(inputs.root, protocol, media, sendingOf(config));
    const shared = { chosen: under, dataset: inputs.dataset, model: facts, versions, seed, samples };
    const manifest = await makeManifest({ ...shared, shard: part.facts });
    return {
      out: file,
      record: {
        command: 'eval',
        config: {
          mode: protocol.mode,
          ...settings,
          model: named,
          respondent: facts,
          protocol,
          changed,
          samples: inputs.dataset.samples,
        },
        versions,
      },
      manifest,
      who,
      samples: part.questions,
      load: (question) => loader.prompt(question),
      embedder,
      options: optionsOf(config, under, signal),
      retryErrors,
    };
  };
  const jobs = [await job(out, chosen)];
  if (config.mode === 'both') jobs.push(await job(beside(out, 'direct.jsonl'), directOf(chosen)));
  return { jobs, inputs, elsewhere: inputs.questions.length - part.questions.length, close: media.close };
}

/** The line that adds up, by questions: one that has an answer is answered, whatever became of its other samples. */
export function formatAnswered({ inputs, elsewhere }: PreparedEvaluation, rows: readonly EvaluatedRow[]): string {
  const questions = [...Map.groupBy(rows, questionOf).values()];
  const failed = questions.flatMap((answers) =>
    answers.every(({ error }) => error !== null) ? { reason: String(answers[0].error) } : [],
  );
  const parts = [
    `answered ${questions.length - failed.length}`,
    `errors ${failed.length}`,
    `set aside ${inputs.setAside.length}`,
    `not drawn ${inputs.notDrawn}`,
    ...(inputs.leftOut > 0 ? [`left out ${inputs.leftOut}`] : []),
    ...(elsewhere > 0 ? [`in other shards ${elsewhere}`] : []),
  ];
  const reasons = countReasons([...failed, ...inputs.setAside]);
  const { expected } = inputs.dataset;
  const of = expected !== null && expected !== inputs.total ? ` (of ${expected} published)` : '';
  return `samples: in ${inputs.total}${of} = ${parts.join(' + ')}${reasons ? ` (${reasons})` : ''}`;
}

/** The first error of each code, with its question; empty where there is none. */
export function formatErrors(rows: readonly EvaluatedRow[]): readonly string[] {
  const failed = rows.flatMap(({ id, error }) => (error === null ? [] : [{ id, error }]));
  const kinds = Map.groupBy(failed, ({ error }) => error.split(':')[0]);
  return [...kinds.values()].map(([{ id, error }, ...more]) => {
    const others = more.length > 0 ? ` (${more.length} more of this kind)` : '';
    return `error: ${id}: ${error}${others}`;
  });
}
