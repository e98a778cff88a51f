// A curation run from configuration to files: what the experts answer goes into the state, what comes of it into rl.jsonl, cot.jsonl and
// the files beside them (output.ts). A second run in the same folder asks only for what is missing.
import { reasonOf, VideorftError } from '../base/errors.ts';
import { createLimiter } from '../base/limit.ts';
import { missingMedia } from '../data/media-root.ts';
import { type LocatedSample, readSamples } from '../data/read.ts';
import type { ChatModel } from '../llm/port.ts';
import type { Embedder } from '../rewards/embedder.ts';
import type { Expert } from './ask.ts';
import type { Bill } from './bill.ts';
import { atOnce, type CurateConfig, type ExpertConfig, judgeOf } from './config.ts';
import type { CurationCounts } from './counts.ts';
import { inFolder, whenFree } from './folder.ts';
import type { MediaReader } from './media.ts';
import { meter } from './meter.ts';
import { createOnce } from './once.ts';
import { type Fate, type Quarantined, quarantineRow, sortOut } from './outcome.ts';
import { writeOutputs } from './output.ts';
import { runChains } from './pipeline.ts';
import { type Applied, reapplyReview } from './review/index.ts';
import { localShares } from './shares.ts';
import { type StageTools, stageSettings } from './stages.ts';
import { isShared, type OpenState, openState } from './state/open.ts';
import type { CurationState } from './state/port.ts';
import { checkTruths } from './truths.ts';
import { createShow } from './watch.ts';
import { planWork } from './work.ts';

/** How long a worker that begins waits for one that writes into the same folder. */
const STARTING_MS = 60_000;
/** Media files that are looked for before a worker joins. */
const LOOKS = 200;

export interface CurateTools {
  readonly models: {
    readonly describer: ChatModel;
    readonly reasoner: ChatModel;
    readonly refiner: ChatModel;
    /** Where the configuration names a judge. */
    readonly judge?: ChatModel;
  };
  readonly media: MediaReader;
  /** For open-ended answers; needed only if there are any. */
  readonly embedder?: Embedder;
  /** Opens what the run remembers; by default what the configuration names. */
  readonly openState?: typeof openState;
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

export interface CurateResult {
  readonly counts: CurationCounts;
  readonly bill: Bill;
  readonly out: string;
  readonly seconds: number;
  /** What a reviewer decided, applied to the new files; absent where nobody has reviewed them. */
  readonly reviewed?: Applied;
}

/**
 * Runs all four stages; one process at a time per folder (`run-locked`), or any number on one PostgreSQL, each of which writes the whole dataset into its own folder.
 * Rejects with the signal's reason when aborted, with `curate-no-embedder` before any request when open-ended samples have nothing to be compared by, and with what
 * stops a run (pipeline.ts). Nothing answered is lost.
 */
export async function curate(config: CurateConfig, tools: CurateTools): Promise<CurateResult> {
  if (!isShared(config)) return inFolder(config, () => run(config, tools, (write) => write()));
  const { signal } = tools;
  // A folder that cannot be written is known before the work, not after it.
  await whenFree(config, { patienceMs: STARTING_MS, signal }, async () => undefined);
  return run(config, tools, (write) => whenFree(config, { patienceMs: Number.POSITIVE_INFINITY, signal }, write));
}

type Written = Omit<CurateResult, 'out' | 'seconds'>;

async function run(
  config: CurateConfig,
  tools: CurateTools,
  writing: (write: () => Promise<Written>) => Promise<Written>,
): Promise<CurateResult> {
  const started = Date.now();
  const { rows, rejected: invalid, total } = await readSamples(config.data);
  const { readable, unreadable } = checkTruths(rows, config);
  requireEmbedder(readable, tools.embedder);
  if (isShared(config)) await requireMedia(readable, config);
  await using opened = await (tools.openState ?? openState)(config, { signal: tools.signal });
  const { state } = opened;
  const fates = await runAll(readable, config, tools, opened);
  const { finished, quarantined: failed } = sortOut(readable, fates);
  refuseWrongRoot(readable.length, failed, config);
  const quarantined = [...invalid.map(quarantineRow), ...unreadable, ...failed];
  const { embedder, signal } = tools;
  const written = await writing(async () => ({
    ...(await writeOutputs({ total, finished, quarantined, state, config, embedder, signal })),
    reviewed: await reapplyReview(config.out, { signal }),
  }));
  return { ...written, out: config.out, seconds: (Date.now() - started) / 1000 };
}

/** A worker without the media would set aside, in the name of all, what others could see. */
async function requireMedia(rows: readonly LocatedSample[], config: CurateConfig): Promise<void> {
  const step = Math.ceil(rows.length / LOOKS);
  const looked = rows.filter((_, i) => i % step === 0);
  const missing = await missingMedia(
    config.mediaRoot,
    looked.map(({ sample }) => sample),
  );
  if (looked.length > 0 && missing.length === looked.length) throw wrongRoot(config, looked.length, missing[0].error);
}

/** When not one file is there, the media root is wrong, not every sample. */
function refuseWrongRoot(samples: number, failed: readonly Quarantined[], config: CurateConfig): void {
  const missing = failed.filter(({ code }) => code === 'media-missing' || code === 'media-outside-root');
  if (samples > 0 && missing.length === samples) throw wrongRoot(config, samples, missing[0].reason);
}

const wrongRoot = ({ mediaRoot }: CurateConfig, samples: number, first: unknown) =>
  new VideorftError('Not one media file of the samples is there.', {
    code: 'curate-media-root',
    facts: { mediaRoot, samples, first: typeof first === 'string' ? first : reasonOf(first) },
    fix: 'Set mediaRoot to the folder that the paths of the samples start from.',
  });

function requireEmbedder(rows: readonly LocatedSample[], embedder: Embedder | undefined): void {
  const open = rows.find(({ sample }) => sample.problem_type === 'free-form');
  if (embedder || !open) return;
  throw new VideorftError('There are free-form samples, and nothing to compare their answers by.', {
    code: 'curate-no-embedder',
    facts: { file: open.file, line: open.line, sample: open.sample.problem_id },
    fix: 'Give an embedder (a SigLIP or CLIP folder).',
  });
}

function stageTools(config: CurateConfig, { models, signal }: CurateTools, state: CurationState): StageTools {
  const { describer, reasoner, refiner } = config.experts;
  const judge = judgeOf(config);
  const expert = (model: ChatModel, settings: ExpertConfig): Expert => ({
    model,
    config: settings,
    slots: createLimiter(atOnce(settings)),
  });
  return {
    settings: stageSettings(config),
    experts: {
      describer: expert(models.describer, describer),
      reasoner: expert(models.reasoner, reasoner),
      refiner: expert(models.refiner, refiner),
      judge: judge && models.judge && expert(models.judge, judge),
    },
    state,
    once: createOnce(state),
    signal,
  };
}

/** Every sample's fate; of a shared run, also of those that others worked on. */
async function runAll(
  rows: readonly LocatedSample[],
  config: CurateConfig,
  tools: CurateTools,
  { state: inner, share = async (work) => localShares(work) }: OpenState,
): Promise<readonly Fate[]> {
  const state = await meter(inner, config);
  const work = planWork(rows, config);
  const shares = await share(work);
  const drawn = tools.progress === true;
  const show = await createShow({ total: rows.length, state, shares, shared: isShared(config), drawn });
  const { describer, reasoner, refiner } = config.experts;
  try {
    await runChains(work, rows, {
      mediaRoot: config.mediaRoot,
      reader: tools.media,
      tools: stageTools(config, tools, state),
      shares,
      clips: atOnce(describer) + atOnce(reasoner) + atOnce(refiner),
      stopAfterFailures: config.stopAfterFailures,
      onSample: show.settled,
    });
    const fates = await shares.fates();
    for (const model of Object.values(tools.models)) await model?.finish?.();
    return fates;
  } finally {
    await show.finish();
  }
}
