// SFT and GRPO on the embedded backend, each in a run directory of its own that is resumed at its newest complete checkpoint: what the
// speedrun and the commands `sft` and `grpo` share. Leaves out: the loops (train/), reading samples (inputs.ts).
import type { Backend } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import { createProgress } from '../base/progress.ts';
import type { Sample } from '../data/sample.ts';
import { type LoraSettings, loadEmbedder } from '../models/index.ts';
import { targetText } from '../prompt/train.ts';
import { createRewardScorer, type RewardOptions } from '../rewards/index.ts';
import { openRun, type Run, type RunRecord } from '../runs/index.ts';
import { type GrpoConfig, trainGrpo } from '../train/grpo.ts';
import { dropOldCheckpoints, resumeTraining, runSink } from '../train/run-sink.ts';
import { type SftConfig, sftSteps, trainSft } from '../train/sft.ts';
import type { LoopHooks, StartPoint, TrainSink } from '../train/sink.ts';
import type { LoadPrompt } from '../train/source.ts';
import { defaultWatchdogs, type Watch, type WatchdogSettings, watch } from '../train/watchdogs/index.ts';
import type { Outline } from './plan.ts';
import type { RolloutSettings } from './rollouts.ts';
import { SetAsideLog, type SetAsideRow } from './set-aside.ts';
import type { EngineOptions } from './shipped.ts';
import { openBackend, type RemoteEngine } from './training-backend.ts';

/** What both stages are given. */
export interface TrainingJob {
  /** Run directory. */
  readonly out: string;
  /** Command and configuration of the run's record: a run goes on only under those it began with. */
  readonly record: RunRecord;
  /** Dotted keys of the record that may differ from the first start. */
  readonly mayChange?: readonly string[];
  /** Folder of the model, or of the adapter, to start from. */
  readonly model: string;
  /** Train a new adapter in place of the weights; the seed is of its first values. */
  readonly lora?: LoraSettings;
  readonly seed?: number;
  readonly samples: readonly Sample[];
  /** What was set aside before the first step; stored with what the run sets aside. */
  readonly setAside?: readonly SetAsideRow[];
  readonly load: LoadPrompt;
  readonly backend?: EngineOptions;
  /** A server that trains in place of the embedded engine; `model` is then where its tokenizer lies. */
  readonly remote?: RemoteEngine;
  /** A server that samples while the embedded engine trains an adapter; GRPO only. */
  readonly rollouts?: RolloutSettings;
  readonly signal?: AbortSignal;
}

/** A trained model: the folder of its last checkpoint. */
export interface Trained {
  readonly dir: string;
  readonly run: string;
  /** Samples left out, before and during the run. */
  readonly setAside: readonly SetAsideRow[];
}

interface Loop {
  readonly run: Run;
  readonly backend: Backend;
  readonly start: StartPoint & { readonly fresh: boolean };
  readonly setAside: SetAsideLog;
  readonly sink: TrainSink;
  readonly hooks: LoopHooks;
}

const SET_ASIDE_FILE = 'setaside.jsonl';

async function finished(run: Run, steps: number): Promise<Trained | undefined> {
  const { checkpoint } = await run.checkpoints.latestComplete();
  if (!checkpoint || checkpoint.step < steps) return undefined;
  return { dir: checkpoint.dir, run: run.dir, setAside: await SetAsideLog.stored(run.file(SET_ASIDE_FILE)) };
}

/** Opens the run, trains what is left of the outline's steps, and returns the last checkpoint. */
async function inRun(job: TrainingJob, outline: Outline, train: (loop: Loop) => Promise<unknown>): Promise<Trained> {
  const run = await openRun(job.out, job.record, { mayChange: job.mayChange });
  try {
    const before = await finished(run, outline.steps);
    if (before) {
      await dropOldCheckpoints(run);
      return before;
    }
    await continueRun(job, run, outline, train);
    const trained = await finished(run, outline.steps);
    if (trained) return trained;
    throw new VideorftError(`${job.record.command} ended without its last checkpoint`, {
      code: 'training-checkpoint',
      facts: { run: run.dir },
    });
  } finally {
    run.close();
  }
}

async function continueRun(job: TrainingJob, run: Run, outline: Outline, train: (loop: Loop) => Promise<unknown>) {
  const backend = await openBackend(job, outline);
  try {
    const start = await resumeTraining(run, backend);
    const known = [...(job.setAside ?? []), ...(start.guard?.setAside ?? [])];
    const setAside = await SetAsideLog.begin(run.file(SET_ASIDE_FILE), known);
    const label = job.record.command;
    const progress = createProgress({ label, total: outline.steps, initial: start.startStep, unit: 'steps' });
    const hooks: LoopHooks = { signal: job.signal, onStep: (done, _, status) => progress.set(done, status) };
    try {
      await train({ run, backend, start, setAside, sink: runSink(run), hooks });
    } finally {
      progress.finish();
    }
  } finally {
    await backend.close();
  }
}

/** Supervised fine-tuning, from wherever the run stands to its end. Errors: aborted (start again to continue), run-…, train-…. */
export function runSft(job: TrainingJob, settings: SftConfig): Promise<Trained> {
  const outline: Outline = {
    kind: 'cross_entropy',
    steps: sftSteps(job.samples.length, settings),
    sequences: settings.batchSize,
    perPrompt: 1,
    completionTokens: (sample, backend) => backend.tokenize(targetText(sample)).length,
  };
  return inRun(job, outline, ({ backend, start, setAside, sink, hooks }) =>
    trainSft(backend, job.samples, setAside.watchLoad(job.load), settings, sink, { ...start, ...hooks }),
  );
}

export interface RewardSettings {
  /** Folder of the embedder; absent: no semantic reward. */
  readonly embedder?: string;
  readonly options: RewardOptions;
}

/**
 * GRPO, from wherever the run stands to its end; the reference is the model it starts from. Errors: as runSft, reward-…, and train-watchdog
 * where one was told to stop the run.
 */
export async function runGrpo(
  job: TrainingJob,
  given: GrpoConfig,
  rewards: RewardSettings,
  watchdogs: WatchdogSettings = defaultWatchdogs,
): Promise<Trained> {
  const settings = { ...given, importanceCap: job.rollouts?.importanceCap };
  const outline: Outline = {
    kind: 'grpo',
    steps: settings.steps,
    sequences: settings.questions * settings.groupSize,
    perPrompt: settings.groupSize,
    completionTokens: () => settings.maxTokens,
  };
  return inRun(job, outline, async ({ run, backend, start, setAside, sink, hooks }) => {
    const watched = watch(sink, watchdogs, await run.metrics.all());
    const embedder =
      rewards.embedder === undefined
        ? undefined
        : await loadEmbedder(rewards.embedder, { threads: job.backend?.threads });
    try {
      if (start.fresh) await backend.setReference();
      const scorer = setAside.watchScorer(createRewardScorer(embedder, rewards.options));
      const load = setAside.watchLoad(job.load);
      const point = { ...start, ...hooks, signal: either(hooks.signal, watched.stop) };
      await trainGrpo(backend, job.samples, load, scorer, settings, watched.sink, point).catch(stoppedBy(watched));
    } finally {
      await embedder?.close();
    }
  });
}

const either = (signal: AbortSignal | undefined, other: AbortSignal) =>
  signal ? AbortSignal.any([signal, other]) : other;

/** A watchdog's error in place of the loop's, which only knows that it was told to stop. */
const stoppedBy = (watched: Watch) => (error: unknown) => {
  throw (error instanceof VideorftError && error.code === 'aborted' && watched.stopped()) || error;
};
