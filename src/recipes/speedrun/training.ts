// The two training stages on the embedded backend, each in a run directory of its own, resumed at its newest complete checkpoint.
import { join } from 'node:path';
import { EmbeddedBackend } from '../../backends/embedded/index.ts';
import { VideorftError } from '../../base/errors.ts';
import { createProgress } from '../../base/progress.ts';
import type { Sample } from '../../data/sample.ts';
import { loadEmbedder, loadVideoLanguageModel } from '../../models/index.ts';
import { createRewardScorer } from '../../rewards/index.ts';
import { openRun, type Run, type RunRecord } from '../../runs/index.ts';
import { type GrpoConfig, trainGrpo } from '../../train/grpo.ts';
import { runSink } from '../../train/run-sink.ts';
import { type SftConfig, sftSteps, trainSft } from '../../train/sft.ts';
import type { ClipSource } from './clips.ts';
import type { SpeedrunConfig } from './config.ts';

export interface Stage {
  readonly config: SpeedrunConfig;
  readonly versions: RunRecord['versions'];
  readonly clips: ClipSource;
  readonly signal: AbortSignal;
}

/** A trained model: the folder of its last checkpoint. */
export interface Trained {
  readonly dir: string;
  readonly run: string;
}

const EMBEDDED = { maxRows: 16, maxDecodeRows: 128 };

async function finalCheckpoint(run: Run, steps: number): Promise<Trained | undefined> {
  const { checkpoint } = await run.checkpoints.latestComplete();
  return checkpoint && checkpoint.step >= steps ? { dir: checkpoint.dir, run: run.dir } : undefined;
}

/** Opens a stage's run, trains what is left of `steps`, and returns the last checkpoint. */
async function inRun(
  stage: Stage,
  name: string,
  config: object,
  steps: number,
  train: (
    run: Run,
    startStep: number,
    from: string | undefined,
    onStep: (done: number, total: number, status: string) => void,
  ) => Promise<void>,
): Promise<Trained> {
  const run = await openRun(join(stage.config.out, name), { command: name, config, versions: stage.versions });
  try {
    const done = await finalCheckpoint(run, steps);
    if (done) return done;
    const { checkpoint, step } = await run.resume();
    const progress = createProgress({ label: name, total: steps, initial: step, unit: 'steps' });
    await train(run, step, checkpoint?.dir, (at, _, status) => progress.set(at, status));
    progress.finish();
    const trained = await finalCheckpoint(run, steps);
    if (trained) return trained;
    throw new VideorftError(`${name} ended without its last checkpoint`, {
      code: 'speedrun-checkpoint',
      facts: { run: run.dir },
    });
  } finally {
    run.close();
  }
}

export async function sftStage(stage: Stage, samples: readonly Sample[], name = 'sft'): Promise<Trained> {
  const { sft, seed, base } = stage.config;
  const settings: SftConfig = {
    ...sft,
    schedule: 'cosine',
    warmupSteps: 5,
    weightDecay: 0.01,
    maxGradNorm: 5,
    saveEvery: 25,
    seed,
  };
  return inRun(
    stage,
    name,
    { base, ...settings },
    sftSteps(samples.length, settings),
    async (run, startStep, from, onStep) => {
      const backend = new EmbeddedBackend(await loadVideoLanguageModel(base), EMBEDDED);
      try {
        if (from) await backend.load(from, { optimizer: true });
        const load = (sample: Sample) => stage.clips.prompt(sample);
        await trainSft(backend, samples, load, settings, runSink(run), { startStep, signal: stage.signal, onStep });
      } finally {
        await backend.close();
      }
    },
  );
}

export async function grpoStage(stage: Stage, samples: readonly Sample[], sft: Trained): Promise<Trained> {
  const { grpo, seed, embedder: embedderDir } = stage.config;
  const { w, ...rest } = grpo;
  const settings: GrpoConfig = {
    ...rest,
    schedule: 'cosine',
    warmupSteps: 3,
    weightDecay: 0.01,
    maxGradNorm: 5,
    temperature: 1,
    topP: 0.95,
    clipLow: 0.2,
    clipHigh: 0.2,
    updatesPerBatch: 1,
    std: 'unbiased',
    saveEvery: 10,
    rolloutEvery: 5,
    seed,
  };
  return inRun(stage, 'grpo', { w, ...settings }, settings.steps, async (run, startStep, from, onStep) => {
    const backend = new EmbeddedBackend(await loadVideoLanguageModel(sft.dir), EMBEDDED);
    const embedder = await loadEmbedder(embedderDir);
    try {
      if (from) await backend.load(from, { optimizer: true });
      else await backend.setReference();
      const load = (sample: Sample) => stage.clips.prompt(sample);
      const scorer = createRewardScorer(embedder, { w });
      await trainGrpo(backend, samples, load, scorer, settings, runSink(run), {
        startStep,
        signal: stage.signal,
        onStep,
      });
    } finally {
      await embedder.close();
      await backend.close();
    }
  });
}
