// A curation run from configuration to files: what the experts answer goes into state.sqlite, what comes of it into rl.jsonl, cot.jsonl and
// the files beside them (output.ts). A second run in the same folder asks only for what is missing.
import { join } from 'node:path';
import { removeTemporaries, writeFileAtomic } from '../base/atomic.ts';
import { dumpConfig } from '../base/config.ts';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import { createLimiter } from '../base/limit.ts';
import { log } from '../base/log.ts';
import { createProgress } from '../base/progress.ts';
import { type LocatedSample, readSamples } from '../data/read.ts';
import type { ChatModel } from '../llm/port.ts';
import type { Embedder } from '../rewards/embedder.ts';
import { lockRun } from '../runs/lock.ts';
import type { Expert } from './ask.ts';
import type { Bill } from './bill.ts';
import { type CurateConfig, curateConfigSchema, type ExpertConfig, judgeOf } from './config.ts';
import type { CurationCounts } from './counts.ts';
import type { MediaReader } from './media.ts';
import { type MeteredState, meter } from './meter.ts';
import { createOnce } from './once.ts';
import { type Finished, type Quarantined, quarantineRow } from './outcome.ts';
import { writeOutputs } from './output.ts';
import { runChains } from './pipeline.ts';
import { type Applied, reapplyReview } from './review/index.ts';
import type { StageTools } from './stages.ts';
import { openState } from './state/open.ts';
import type { CurationState } from './state/port.ts';
import { checkTruths } from './truths.ts';

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
 * Runs all four stages; one process at a time per folder (`run-locked`). Rejects with the signal's reason when aborted, with `curate-no-embedder` before any request when
 * open-ended samples have nothing to be compared by, and with what stops a run (pipeline.ts). Nothing answered is lost.
 */
export async function curate(config: CurateConfig, tools: CurateTools): Promise<CurateResult> {
  const unlock = lockRun(config.out);
  try {
    await removeTemporaries(config.out);
    if (await statIfPresent(join(config.out, 'stages'))) {
      log.warn(
        `${join(config.out, 'stages')} is from an earlier version: its answers are not read, and are asked again`,
      );
    }
    await writeFileAtomic(join(config.out, 'config.yaml'), dumpConfig(config, curateConfigSchema));
    return await curateLocked(config, tools);
  } finally {
    unlock();
  }
}

async function curateLocked(config: CurateConfig, tools: CurateTools): Promise<CurateResult> {
  const started = Date.now();
  const { rows, rejected: invalid, total } = await readSamples(config.data);
  const { readable, unreadable } = checkTruths(rows, config);
  requireEmbedder(readable, tools.embedder);
  await using state = await (tools.openState ?? openState)(config);
  const outcomes = await runAll(readable, config, tools, await meter(state.state, config));
  const failed = outcomes.filter((outcome): outcome is Quarantined => !isFinished(outcome));
  refuseWrongRoot(outcomes, failed, config);
  const finished = outcomes.filter(isFinished);
  const quarantined = [...invalid.map(quarantineRow), ...unreadable, ...failed];
  const { embedder, signal } = tools;
  const written = await writeOutputs({ total, finished, quarantined, state: state.state, config, embedder, signal });
  const reviewed = await reapplyReview(config.out, { signal });
  return { ...written, out: config.out, seconds: (Date.now() - started) / 1000, reviewed };
}

const isFinished = (outcome: Finished | Quarantined): outcome is Finished => 'keys' in outcome;

/** When not one file is there, the media root is wrong, not every sample. */
function refuseWrongRoot(
  outcomes: readonly (Finished | Quarantined)[],
  failed: readonly Quarantined[],
  { mediaRoot }: CurateConfig,
): void {
  const missing = failed.filter(({ code }) => code === 'media-missing' || code === 'media-outside-root');
  if (outcomes.length === 0 || missing.length < outcomes.length) return;
  throw new VideorftError('Not one media file of the samples is there.', {
    code: 'curate-media-root',
    facts: { mediaRoot, samples: outcomes.length, first: missing[0].reason },
    fix: 'Set mediaRoot to the folder that the paths of the samples start from.',
  });
}

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
    slots: createLimiter(settings.concurrency),
  });
  return {
    settings: { experts: { describer, reasoner, refiner, judge }, frames: config.frames },
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

async function runAll(
  rows: readonly LocatedSample[],
  config: CurateConfig,
  tools: CurateTools,
  state: MeteredState,
): Promise<(Finished | Quarantined)[]> {
  const progress = tools.progress
    ? createProgress({ label: 'curate', total: rows.length, unit: 'samples' })
    : undefined;
  const { describer, reasoner, refiner } = config.experts;
  let quarantined = 0;
  const show = () => progress?.advance(0, `${state.status()}${quarantined > 0 ? ` · quarantined ${quarantined}` : ''}`);
  // An expert may take minutes for its first answers: the line moves all the same.
  const ticking = progress && setInterval(show, 1000);
  try {
    show();
    return await runChains(rows, {
      mediaRoot: config.mediaRoot,
      reader: tools.media,
      tools: stageTools(config, tools, state),
      clips: describer.concurrency + reasoner.concurrency + refiner.concurrency,
      stopAfterFailures: config.stopAfterFailures,
      onSample: (outcome, asked) => {
        if (!isFinished(outcome)) quarantined++;
        if (asked) progress?.advance();
        else progress?.skip();
      },
    });
  } finally {
    clearInterval(ticking);
    show();
    progress?.finish();
  }
}
