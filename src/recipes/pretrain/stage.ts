// The loop that all pretraining stages share: the next batch is made while this one runs, progress is shown, and every so often the
// state is saved, so that a stopped run goes on where it was.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadState, saveState } from '../../backends/embedded/state.ts';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent } from '../../base/if-present.ts';
import { createProgress } from '../../base/progress.ts';
import { type Buffer, scheduleAt, type Trainer } from '../../engine/index.ts';
import { readModelWeights, writeWeights } from '../../models/files.ts';

export interface Stage<Batch> {
  readonly name: string;
  /** Folder of the stage's state. */
  readonly dir: string;
  readonly steps: number;
  readonly learningRate: number;
  readonly trainer: Trainer;
  makeBatch(step: number): Promise<Batch>;
  /** Runs one step, and returns what to log. */
  step(batch: Batch, learningRate: number): Promise<Record<string, number>>;
  readonly signal?: AbortSignal;
}

const SAVE_EVERY = 300;
const LOG_EVERY = 50;
const WARMUP = 100;

const shapesOf = (weights: Record<string, Buffer>) =>
  Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, w.shape]));

async function save(stage: Stage<unknown>, step: number): Promise<void> {
  await mkdir(stage.dir, { recursive: true });
  await writeWeights(stage.dir, stage.trainer.weights);
  await saveState(stage.dir, { steps: step, moments: stage.trainer.moments, reference: undefined });
  await writeFileAtomic(join(stage.dir, 'step.json'), new TextEncoder().encode(JSON.stringify({ step })));
}

/** Puts saved weights and moments back in place; returns the steps done. */
async function restore(stage: Stage<unknown>): Promise<number> {
  const text = await readTextIfPresent(join(stage.dir, 'step.json'));
  if (text === undefined) return 0;
  const { step } = JSON.parse(text) as { step: number };
  const { weights, moments } = stage.trainer;
  const saved = await readModelWeights(stage.dir, shapesOf(weights));
  const state = await loadState(stage.dir, weights);
  for (const [name, b] of Object.entries(saved)) (weights[name].data as Float32Array).set(b.data as Float32Array);
  for (const [name, b] of Object.entries(state.moments))
    (moments[name].data as Float32Array).set(b.data as Float32Array);
  stage.trainer.resumeAt(step);
  return step;
}

/** Runs a stage to its end. Returns seconds spent in this process. Errors: aborted (state saved). */
export async function runStage<Batch>(
  stage: Stage<Batch>,
  log: (row: Record<string, number | string>) => Promise<void>,
): Promise<number> {
  const start = await restore(stage as Stage<unknown>);
  const began = performance.now();
  if (start >= stage.steps) return 0;
  const progress = createProgress({ label: stage.name, total: stage.steps, initial: start, unit: 'steps' });
  let sums: Record<string, [total: number, count: number]> = {};
  let next = stage.makeBatch(start);
  for (let step = start; step < stage.steps; step++) {
    const batch = await next;
    if (step + 1 < stage.steps) next = stage.makeBatch(step + 1);
    const learningRate =
      stage.learningRate * scheduleAt(step, { kind: 'cosine', warmup: WARMUP, total: stage.steps, floor: 0.02 });
    const values = await stage.step(batch, learningRate);
    for (const [key, value] of Object.entries(values)) {
      const [total, count] = sums[key] ?? [0, 0];
      sums[key] = [total + value, count + 1];
    }
    if ((step + 1) % LOG_EVERY === 0) {
      const means = Object.entries(sums).map(([key, [total, count]]) => [key, total / count] as const);
      await log({
        stage: stage.name,
        step: step + 1,
        seconds: Math.round((performance.now() - began) / 1000),
        ...Object.fromEntries(means),
      });
      progress.set(step + 1, means.map(([key, value]) => `${key} ${value.toFixed(3)}`).join(' '));
      sums = {};
    } else progress.advance();
    if ((step + 1) % SAVE_EVERY === 0 || step + 1 === stage.steps) await save(stage as Stage<unknown>, step + 1);
    if (stage.signal?.aborted) {
      await save(stage as Stage<unknown>, step + 1);
      throw new VideorftError(`pretraining stopped in stage ${stage.name} after step ${step + 1}`, { code: 'aborted' });
    }
  }
  progress.finish();
  return (performance.now() - began) / 1000;
}
