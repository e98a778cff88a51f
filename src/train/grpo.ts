// GRPO (METHOD section 3, Eq. 3 to 6): sample groups, score them, weigh them against their own mean, and step, held near the reference
// by a KL term. One readable loop over the training port. Leaves out: rewards (rewards/), the objective's arithmetic (objective.ts,
// the backend), files. Run it: `videorft grpo --help`.

import type { Backend, Completion, Prompt, Sequence } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import { hash32 } from '../base/rng.ts';
import type { Sample } from '../data/sample.ts';
import { type Schedule, scheduleAt } from '../engine/index.ts';
import type { CompletionScore, RewardScorer } from '../rewards/index.ts';
import {
  groupAdvantages,
  importanceStatistics,
  type PolicyStatistics,
  policyStatistics,
  sequenceMeanWeights,
  truncatedImportance,
} from './objective.ts';
import { batchIndices } from './order.ts';
import { rolloutRows, stepMetrics } from './rollout-log.ts';
import { adam } from './sft.ts';
import type { LoopHooks, StartPoint, TrainSink } from './sink.ts';
import { type LoadPrompt, SampleGuard, type SetAside } from './source.ts';

export interface GrpoConfig {
  /** P: questions of one step. */
  readonly questions: number;
  /** G: completions of one question. */
  readonly groupSize: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly schedule: Schedule['kind'];
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  /** ε of Eq. 4 below and above 1. */
  readonly clipLow: number;
  readonly clipHigh: number;
  /** β of Eq. 4. */
  readonly beta: number;
  /** Optimizer steps on one batch of completions. */
  readonly updatesPerBatch: number;
  readonly std: 'unbiased' | 'biased';
  /** C of truncated importance sampling, where another engine samples than the one that trains; absent: they are one. */
  readonly importanceCap?: number;
  readonly saveEvery: number;
  /** Rollouts are written every so many steps. */
  readonly rolloutEvery: number;
  readonly seed: number;
}

/** One question of a step with its completions and their scores. */
export interface ScoredGroup {
  readonly sample: Sample;
  readonly prompt: Prompt;
  readonly completions_G: readonly Completion[];
  readonly scores_G: readonly CompletionScore[];
  readonly advantages_G: readonly number[];
}

export interface GrpoResult {
  readonly steps: number;
  readonly setAside: readonly SetAside[];
}

/** Trains from `startStep` to the end. The caller has set the reference (or loaded it). Errors: aborted, train-too-many-bad,
 * those of the backend; where a sampler elsewhere fails, the state before the step is left as a checkpoint. */
export async function trainGrpo(
  backend: Backend,
  samples: readonly Sample[],
  load: LoadPrompt,
  scorer: RewardScorer,
  config: GrpoConfig,
  sink: TrainSink,
  { startStep = 0, guard: known, ...hooks }: LoopHooks & StartPoint = {},
): Promise<GrpoResult> {
  if (samples.length === 0) throw new VideorftError('there is nothing to train on', { code: 'train-empty' });
  const guard = new SampleGuard(load, known);
  const save = (step: number) =>
    sink.checkpoint(step, async (dir) => {
      await backend.save(dir, { optimizer: true });
      await guard.save(dir);
    });
  if (startStep === 0) await save(0);
  for (let step = startStep; step < config.steps; step++) {
    if (hooks.signal?.aborted) {
      await save(step);
      throw new VideorftError(`stopped after step ${step} of ${config.steps}`, { code: 'aborted' });
    }
    const chosen = batchIndices(samples.length, config.questions, step, config.seed).map((i) => samples[i]);
    const groups = await rollOut(backend, chosen, guard, scorer, config, step).catch(async (error: unknown) => {
      // A sampler that is gone has taken nothing of the trainer's: no step since the last checkpoint is lost.
      if (error instanceof VideorftError && SAMPLER.test(error.code)) await save(step);
      throw error;
    });
    const learningRate =
      config.learningRate *
      scheduleAt(step, { kind: config.schedule, warmup: config.warmupSteps, total: config.steps });
    const update = await improve(backend, groups, config, learningRate);
    const metrics = stepMetrics(groups, update);
    await sink.metrics({ step, ...metrics, learningRate, setAside: guard.setAside.length });
    if (step % config.rolloutEvery === 0 || step + 1 === config.steps) await sink.rollouts?.(step, rolloutRows(groups));
    hooks.onStep?.(
      step + 1,
      config.steps,
      `reward ${metrics.reward.toFixed(3)} accuracy ${metrics.accuracy.toFixed(2)}`,
    );
    if ((step + 1) % config.saveEvery === 0 || step + 1 === config.steps) await save(step + 1);
  }
  return { steps: config.steps, setAside: guard.setAside };
}

/** Errors of a sampler that is another process (backends/rollouts/), and of one that was interrupted. */
const SAMPLER = /^(rollouts-|aborted$)/;

/** Samples G completions of every question and scores them; a sample that fails is set aside, never scored 0. */
async function rollOut(
  backend: Backend,
  samples: readonly Sample[],
  guard: SampleGuard,
  scorer: RewardScorer,
  c: GrpoConfig,
  step: number,
): Promise<ScoredGroup[]> {
  const ready: { sample: Sample; prompt: Prompt }[] = [];
  for (const sample of samples) {
    const prompt = await guard.prompt(sample);
    if (prompt) ready.push({ sample, prompt });
  }
  if (ready.length === 0) throw emptyBatch(step);
  const completions_PG = await backend.sample(
    ready.map((r) => r.prompt),
    {
      numSamples: c.groupSize,
      maxTokens: c.maxTokens,
      temperature: c.temperature,
      topP: c.topP,
      seed: hash32(`${c.seed}/${step}`),
    },
  );
  const results = await scorer.scoreBatch(
    ready.map(({ sample, prompt }, p) => ({
      sample,
      clip: prompt.clip,
      completions_G: completions_PG[p].map((o) => ({ text: o.text, tokens: o.tokens.length })),
    })),
  );
  const groups = ready.flatMap(({ sample, prompt }, p): ScoredGroup[] => {
    const result = results[p];
    if (!result.ok) {
      guard.reject(sample, result.error);
      return [];
    }
    const advantages_G = groupAdvantages(
      result.scores_G.map((s) => s.total),
      { std: c.std },
    );
    return [{ sample, prompt, completions_G: completions_PG[p], scores_G: result.scores_G, advantages_G }];
  });
  if (groups.length > 0) return groups;
  throw emptyBatch(step);
}

const emptyBatch = (step: number) =>
  new VideorftError('no sample of this step could be used', {
    code: 'train-empty-batch',
    facts: { step },
    fix: 'check the media root and the solutions',
  });

export interface UpdateStatistics extends PolicyStatistics {
  /** Mean of the importance weights and the share of them at C, where another engine sampled. */
  readonly importance?: number;
  readonly importanceTruncated?: number;
  readonly loss: number;
  readonly entropy: number;
  readonly gradNorm: number;
}

/** Eq. 4 on one batch of completions, `updatesPerBatch` times. Statistics are of the first update, the norm of the last. */
async function improve(
  backend: Backend,
  groups: readonly ScoredGroup[],
  c: GrpoConfig,
  learningRate: number,
): Promise<UpdateStatistics> {
  const batch: Sequence[] = groups.flatMap((g) => g.completions_G.map((o) => ({ prompt: g.prompt, tokens: o.tokens })));
  const sampled = groups.flatMap((g) => g.completions_G.map((o) => o.logprobs));
  const own = c.importanceCap === undefined ? undefined : await backend.logprobs(batch, 'current', c.temperature);
  const oldLogprobs = own ?? sampled;
  const importance = own && truncatedImportance(own, sampled, c.importanceCap as number);
  const advantages = groups.flatMap((g) => g.advantages_G);
  const refLogprobs = c.beta > 0 ? await backend.logprobs(batch, 'reference', c.temperature) : oldLogprobs;
  const weights = sequenceMeanWeights(batch.map((s) => s.tokens.length));
  const { clipLow, clipHigh, beta } = c;
  const rows = { weights, advantages, oldLogprobs, refLogprobs, importance };
  const loss = { kind: 'grpo', ...rows, clipLow, clipHigh, beta } as const;
  const logprobs = { old: oldLogprobs, ref: refLogprobs, sampled };
  let first: UpdateStatistics | undefined;
  for (let u = 0; u < c.updatesPerBatch; u++) {
    const result = await backend.forwardBackward(batch, loss, c.temperature);
    const { gradNorm } = await backend.optimStep({ ...adam, ...c, learningRate });
    first ??= {
      ...policyStatistics(result.logprobs, logprobs, advantages, c),
      ...(importance && importanceStatistics(importance, c.importanceCap as number)),
      loss: result.loss,
      entropy: result.entropy,
      gradNorm,
    };
  }
  if (!first) throw new VideorftError('updatesPerBatch must be at least 1', { code: 'train-updates' });
  return first;
}
