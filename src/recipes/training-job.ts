// From the configuration of `sft` or `grpo` to a training job: samples read and checked, model folder found, prompts under the profile,
// and the record under which the run may be continued. Leaves out: training (training.ts).
import type { RunRecord } from '../runs/index.ts';
import { watchdogNames } from '../train/watchdogs/index.ts';
import { ClipSource } from './clips.ts';
import { type CheckSample, fingerprint, type Inputs, readInputs } from './inputs.ts';
import { rolloutSettings } from './rollouts.ts';
import { formatSetAside } from './set-aside.ts';
import { microBase, modelFolder, profileOf } from './shipped.ts';
import type { Trained, TrainingJob } from './training.ts';
import { remoteEngine } from './training-backend.ts';
import type { GrpoRunConfig, SftRunConfig } from './training-config.ts';

export interface JobContext {
  readonly versions: RunRecord['versions'];
  readonly signal: AbortSignal;
}

export interface PreparedJob {
  readonly job: TrainingJob;
  readonly inputs: Inputs;
}

/** Keys that do not change what a run computes. */
const MAY_CHANGE = [
  ...['saveEvery', 'rolloutEvery', 'maxSetAside', 'engine.maxDecodeRows', 'backend'],
  ...['apiKeyEnv', 'normalization', 'sequencesPerRequest', 'patienceSeconds'].map((key) => `tinker.${key}`),
  'rollouts',
  ...['model', 'apiKeyEnv', 'adapters', 'adaptersThere', 'patienceSeconds', 'timeoutSeconds'].map(
    (key) => `rolloutServer.${key}`,
  ),
  ...watchdogNames.flatMap((name) => [`watchdogs.${name}`, `watchdogs.bounds.${name}`]),
];

/** What a run's record holds of its configuration: not where it is, and of a server that it does not use nothing. */
function recorded({ out: _, ...config }: SftRunConfig | GrpoRunConfig): Record<string, unknown> {
  if (!('rolloutServer' in config) || config.rollouts !== undefined) return config;
  const { rolloutServer: __, ...settings } = config;
  return settings;
}

/** Reads, checks and resolves. Errors: data-unreadable, inputs-empty, inputs-too-many-bad, model-run-empty. */
export async function prepareJob(
  command: string,
  config: SftRunConfig | GrpoRunConfig,
  check: CheckSample,
  { versions, signal }: JobContext,
): Promise<PreparedJob> {
  const { out, mediaRoot, maxSetAside } = config;
  const named = config.model === undefined ? undefined : await modelFolder(config.model);
  const model = named ?? microBase;
  const profile = config.profile ?? (await profileOf(model, 'paperTrain'));
  const inputs = await readInputs(config.data, { mediaRoot, check, maxShare: maxSetAside });
  const clips = new ClipSource(mediaRoot, { profile });
  const settings = recorded(config);
  const samples = fingerprint(inputs.samples);
  return {
    inputs,
    job: {
      out,
      record: { command, config: { ...settings, model: named, profile, samples }, versions },
      mayChange: MAY_CHANGE,
      model,
      lora: config.lora,
      seed: config.seed,
      samples: inputs.samples,
      setAside: inputs.setAside,
      load: (sample) => clips.prompt(sample),
      backend: config.engine,
      remote: remoteEngine(config.backend, config.tinker),
      rollouts: 'rolloutServer' in config ? rolloutSettings(config.rollouts, config.rolloutServer) : undefined,
      signal,
    },
  };
}

/** What is printed when a run has ended: the counts that add up, and where the model is. */
export function formatTrained({ inputs }: PreparedJob, { dir, setAside }: Trained): string {
  return `${formatSetAside(inputs.total, setAside)}\n${dir}`;
}
