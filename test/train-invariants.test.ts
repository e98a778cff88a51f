// What must hold between the parts of training whatever the model knows: batches and their pieces, the first step of GRPO.
import { describe, expect, test } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import type { LossInput, Sequence } from '../src/backends/port.ts';
import { createRng } from '../src/base/rng.ts';
import type { Buffer } from '../src/engine/index.ts';
import { createRewardScorer } from '../src/rewards/index.ts';
import { type GrpoConfig, trainGrpo } from '../src/train/grpo.ts';
import { sequenceMeanWeights, tokenMeanWeights } from '../src/train/objective.ts';
import { tinyAdam, tinyModel, tinyPrompt, tinyPrompts, tinySample, tinySequences } from './support/tiny-model.ts';

const lengths = [3, 17, 9, 30, 1, 12, 25, 6];
const prompts = tinyPrompts(8);
/** Eight questions; and three questions whose completions, in mixed order, share the pass of their prompt. */
const batches: Record<string, readonly Sequence[]> = {
  'a prompt each': tinySequences(prompts, lengths),
  'shared prompts': tinySequences(
    [0, 1, 0, 0, 2, 1, 0, 2].map((i) => prompts[i]),
    lengths,
  ),
};

function crossEntropy(): LossInput {
  return { kind: 'cross_entropy', weights: tokenMeanWeights(lengths) };
}
function grpo(old: readonly Float32Array[]): LossInput {
  const rng = createRng(2);
  const moved = (rows: readonly Float32Array[]) => rows.map((row) => row.map((x) => x + 0.2 * rng.normal()));
  const advantages = lengths.map(() => rng.normal());
  const weights = sequenceMeanWeights(lengths);
  const [oldLogprobs, refLogprobs] = [moved(old), moved(old)];
  return { kind: 'grpo', weights, advantages, oldLogprobs, refLogprobs, clipLow: 0.2, clipHigh: 0.2, beta: 0.04 };
}

/** The loss inputs of some of the sequences. */
function part(loss: LossInput, chosen: readonly number[]): LossInput {
  const take = <T>(values: readonly T[]) => chosen.map((i) => values[i]);
  if (loss.kind === 'cross_entropy') return { ...loss, weights: take(loss.weights) };
  return {
    ...loss,
    weights: take(loss.weights),
    advantages: take(loss.advantages),
    oldLogprobs: take(loss.oldLogprobs),
    refLogprobs: take(loss.refLogprobs),
  };
}

/** Weights and statistics after one step whose gradient was accumulated over the pieces. */
async function stepOver(batch: readonly Sequence[], pieces: readonly (readonly number[])[], kind: LossInput['kind']) {
  const model = tinyModel();
  const backend = new EmbeddedBackend(model, { threads: 1 });
  const loss = kind === 'grpo' ? grpo(await backend.logprobs(batch, 'current', 1)) : crossEntropy();
  let total = 0;
  for (const chosen of pieces) {
    const sequences: Sequence[] = chosen.map((i) => batch[i]);
    total += (await backend.forwardBackward(sequences, part(loss, chosen), 1)).loss;
  }
  const { gradNorm } = await backend.optimStep(tinyAdam);
  await backend.close();
  return { weights: model.weights, total, gradNorm };
}

const norm = (x: Iterable<number>) => Math.sqrt([...x].reduce((s, v) => s + v * v, 0));
const difference = (a: Buffer, b: Buffer) => norm((a.data as Float32Array).map((v, i) => v - Number(b.data[i])));

describe.each(['cross_entropy', 'grpo'] as const)('%s: batch 1 × accumulate 8 = batch 8', (kind) => {
  test.each(Object.keys(batches))('%s: loss, gradient norm and weights', async (name) => {
    const over = (pieces: readonly (readonly number[])[]) => stepOver(batches[name], pieces, kind);
    const whole = await over([[0, 1, 2, 3, 4, 5, 6, 7]]);
    const single = await over([[0], [1], [2], [3], [4], [5], [6], [7]]);
    const uneven = await over([[5, 1, 7], [0], [6, 4, 3, 2]]);
    const start = tinyModel().weights;
    for (const other of [single, uneven]) {
      expect(other.total / whole.total).toBeCloseTo(1, 5);
      expect(other.gradNorm / whole.gradNorm).toBeCloseTo(1, 5);
      let [apart, size, moved] = [0, 0, 0];
      for (const [name, w] of Object.entries(whole.weights)) {
        const d = difference(other.weights[name], w);
        expect(d, name).toBeLessThanOrEqual(1e-3 * difference(start[name], w) + 1e-6 * norm(w.data as Float32Array));
        apart += d ** 2;
        size += norm(w.data as Float32Array) ** 2;
        moved += difference(start[name], w) ** 2;
      }
      expect(Math.sqrt(apart / size)).toBeLessThan(1e-6);
      expect(Math.sqrt(moved / size)).toBeGreaterThan(1e-4);
    }
  });
});

test('GRPO at step 0: no KL, nothing clipped, the sampler and the trainer agree; flat groups have no advantage', async () => {
  const config: GrpoConfig = {
    questions: 4,
    groupSize: 4,
    steps: 1,
    learningRate: 1e-4,
    schedule: 'constant',
    warmupSteps: 0,
    weightDecay: 0.01,
    maxGradNorm: 5,
    temperature: 1,
    topP: 0.95,
    maxTokens: 16,
    clipLow: 0.2,
    clipHigh: 0.2,
    beta: 0.04,
    updatesPerBatch: 1,
    std: 'unbiased',
    saveEvery: 100,
    rolloutEvery: 1,
    seed: 1,
  };
  const backend = new EmbeddedBackend(tinyModel(), { threads: 1 });
  await backend.setReference();
  const rows: Record<string, unknown>[] = [];
  const samples = [0, 1, 2, 3].map((id) => tinySample(id));
  const scorer = createRewardScorer(undefined, { parts: { semantic: false } });
  const sink = { metrics: async (row: object) => void rows.push({ ...row }), checkpoint: async () => {} };
  await trainGrpo(backend, samples, async (s) => tinyPrompt(s), scorer, config, sink);
  await backend.close();
  const [row] = rows as Record<string, number>[];
  expect(row.kl).toBeGreaterThanOrEqual(0);
  expect(row.kl).toBeLessThan(1e-9);
  expect(row.clipFraction).toBe(0);
  expect(row.logprobGap).toBeLessThan(1e-4);
  // A random model earns nothing: every group is flat, so nothing pulls and the KL's gradient is 0 as well.
  expect(row.flatGroups).toBe(1);
  expect(row.loss).toBeCloseTo(0, 9);
  expect(row.gradNorm).toBeLessThan(1e-4);
});
