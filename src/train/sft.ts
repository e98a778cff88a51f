// Supervised fine-tuning on chains of thought: the loss covers the completion only (METHOD section 3, stage 1). One readable loop over
// the training port; a step is a pure function of the weights and its number, so a killed run resumes bit for bit.
// Leaves out: data reading, checkpoint files, the backend's arithmetic. Run it: `videorft sft --help`.

import type { Backend, Sequence } from '../backends/port.ts';
import { VideorftError } from '../base/errors.ts';
import type { Sample } from '../data/sample.ts';
import { type Schedule, scheduleAt } from '../engine/index.ts';
import { targetText } from '../prompt/train.ts';
import { tokenMeanWeights } from './objective.ts';
import { batchIndices } from './order.ts';
import type { LoopHooks, StartPoint, TrainSink } from './sink.ts';
import { type LoadPrompt, SampleGuard, type SetAside } from './source.ts';

export interface SftConfig {
  readonly batchSize: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly schedule: Schedule['kind'];
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  readonly saveEvery: number;
  readonly seed: number;
}

export interface SftResult {
  readonly steps: number;
  readonly setAside: readonly SetAside[];
}

export const sftSteps = (samples: number, c: Pick<SftConfig, 'batchSize' | 'epochs'>): number =>
  Math.max(1, Math.ceil((samples * c.epochs) / c.batchSize));

/** Trains from `startStep` (steps already done) to the end. Errors: aborted (after a checkpoint), train-too-many-bad. */
export async function trainSft(
  backend: Backend,
  samples: readonly Sample[],
  load: LoadPrompt,
  config: SftConfig,
  sink: TrainSink,
  { startStep = 0, guard: known, ...hooks }: LoopHooks & StartPoint = {},
): Promise<SftResult> {
  if (samples.length === 0)
    throw new VideorftError('there is nothing to fine-tune on', { code: 'train-empty', fix: 'curate first' });
  const total = sftSteps(samples.length, config);
  const guard = new SampleGuard(load, known);
  const save = (step: number) =>
    sink.checkpoint(step, async (dir) => {
      await backend.save(dir, { optimizer: true });
      await guard.save(dir);
    });
  for (let step = startStep; step < total; step++) {
    if (hooks.signal?.aborted) {
      await save(step);
      throw new VideorftError(`stopped after step ${step} of ${total}`, { code: 'aborted' });
    }
    const batch = await sequences(
      backend,
      batchIndices(samples.length, config.batchSize, step, config.seed).map((i) => samples[i]),
      guard,
    );
    const weights = tokenMeanWeights(batch.map((s) => s.tokens.length));
    const { loss, entropy } = await backend.forwardBackward(batch, { kind: 'cross_entropy', weights }, 1);
    const learningRate =
      config.learningRate * scheduleAt(step, { kind: config.schedule, warmup: config.warmupSteps, total });
    const { gradNorm } = await backend.optimStep({ ...adam, ...config, learningRate });
    await sink.metrics({ step, loss, entropy, gradNorm, learningRate, sequences: batch.length });
    hooks.onStep?.(step + 1, total, `loss ${loss.toFixed(3)}`);
    if ((step + 1) % config.saveEvery === 0 || step + 1 === total) await save(step + 1);
  }
  return { steps: total, setAside: guard.setAside };
}

export const adam = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

async function sequences(backend: Backend, samples: readonly Sample[], guard: SampleGuard): Promise<Sequence[]> {
  const out: Sequence[] = [];
  for (const sample of samples) {
    const prompt = await guard.prompt(sample);
    if (prompt) out.push({ prompt, tokens: backend.tokenize(targetText(sample)) });
  }
  if (out.length > 0) return out;
  throw new VideorftError('no sample of this batch could be loaded', {
    code: 'train-empty-batch',
    fix: 'check the media root',
  });
}
