// The two training stages of the main job: its settings over the shared road (recipes/training.ts).
import { join } from 'node:path';
import type { Sample } from '../../data/sample.ts';
import type { RewardOptions } from '../../rewards/index.ts';
import type { RunRecord } from '../../runs/index.ts';
import type { GrpoConfig } from '../../train/grpo.ts';
import type { SftConfig } from '../../train/sft.ts';
import type { ClipSource } from '../clips.ts';
import { runGrpo, runSft, type Trained, type TrainingJob } from '../training.ts';
import { baseOf, embedderOf, grpoSteps, type SpeedrunConfig } from './config.ts';

export interface Stage {
  readonly config: SpeedrunConfig;
  readonly versions: RunRecord['versions'];
  readonly clips: ClipSource;
  readonly signal: AbortSignal;
}

const shared = { schedule: 'cosine', weightDecay: 0.01, maxGradNorm: 5 } as const;

/** A stage's run directory is named after it; `config` is what its record holds. */
function jobOf(stage: Stage, name: string, config: object, model: string, samples: readonly Sample[]): TrainingJob {
  return {
    out: join(stage.config.out, name),
    record: { command: name, config, versions: stage.versions },
    model,
    samples,
    load: (sample) => stage.clips.prompt(sample),
    backend: { threads: stage.config.threads },
    signal: stage.signal,
  };
}

export function sftStage(stage: Stage, samples: readonly Sample[], name = 'sft'): Promise<Trained> {
  const { sft, seed, base } = stage.config;
  const settings: SftConfig = { ...sft, ...shared, warmupSteps: 5, saveEvery: 25, seed };
  return runSft(jobOf(stage, name, { base, ...settings }, baseOf(stage.config), samples), settings);
}

/** Of an ablation's arm: the name of its run, and rewards other than the main job's. */
export interface GrpoVariant {
  readonly name: string;
  readonly rewards: RewardOptions;
}

/** Reinforcement learning from the model in `from`, which is also the reference. */
export function grpoStage(
  stage: Stage,
  samples: readonly Sample[],
  from: string,
  variant?: GrpoVariant,
): Promise<Trained> {
  const { w, ...grpo } = stage.config.grpo;
  const options = variant?.rewards ?? { w };
  const settings: GrpoConfig = {
    ...grpo,
    ...shared,
    steps: grpoSteps(stage.config),
    warmupSteps: 3,
    topP: 0.95,
    clipLow: 0.2,
    clipHigh: 0.2,
    updatesPerBatch: 1,
    std: 'unbiased',
    saveEvery: 10,
    rolloutEvery: 5,
    seed: stage.config.seed,
  };
  const record = { w, ...settings, rewards: variant?.rewards };
  const job = jobOf(stage, variant?.name ?? 'grpo', record, from, samples);
  return runGrpo(job, settings, { embedder: embedderOf(stage.config), options });
}
