// Truncated importance sampling in the loss of GRPO: weights as computed by hand, what they multiply, and what a known gap between sampler and
// trainer does to the gradient of the embedded engine.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBackend } from '../src/backends/embedded/index.ts';
import type { Backend } from '../src/backends/port.ts';
import { type GrpoConfig, trainGrpo } from '../src/train/grpo.ts';
import { importanceStatistics, truncatedImportance } from '../src/train/objective.ts';
import type { TrainSink } from '../src/train/sink.ts';
import { tinyModel, tinyPrompt, tinySample } from './support/tiny-model.ts';
import { grpoConfig, scorer } from './support/train-run.ts';

const row = (...values: number[]) => Float32Array.from(values);

test('weights are min(π/π_server, C), by hand', () => {
  // Trainer −1 throughout; server as likely, half, a third, twice as likely, and a hundredth.
  const server = [row(-1, -1 + Math.log(1 / 2), -1 + Math.log(1 / 3)), row(-1 + Math.log(2), -1 + Math.log(1 / 100))];
  const weights = truncatedImportance([row(-1, -1, -1), row(-1, -1)], server, 2.5);
  [
    [1, 2, 2.5],
    [0.5, 2.5],
  ].forEach((want, i) => {
    for (const [t, w] of want.entries()) expect(weights[i][t]).toBeCloseTo(w, 5);
  });
  const { importance, importanceTruncated } = importanceStatistics(weights, 2.5);
  expect(importance).toBeCloseTo((1 + 2 + 2.5 + 0.5 + 2.5) / 5, 5);
  expect(importanceTruncated).toBe(2 / 5);
});

/** The embedded engine, whose sampler tells log-probabilities that are `gap` below the trainer's own, to the bit. */
function withGap(gap: number): Backend {
  const backend = new EmbeddedBackend(tinyModel(), { threads: 1 });
  const sample = backend.sample.bind(backend);
  backend.sample = async (prompts, options) => {
    const completions = await sample(prompts, options);
    const batch = completions.flatMap((group, p) => group.map((c) => ({ prompt: prompts[p], tokens: c.tokens })));
    const own = await backend.logprobs(batch, 'current', options.temperature);
    const told = own.map((values) => values.map((x) => x - gap));
    return completions.map((group, p) => group.map((c, g) => ({ ...c, logprobs: told[p * options.numSamples + g] })));
  };
  return backend;
}

interface Outcome {
  readonly rows: Record<string, number>[];
  readonly weights: Buffer;
}

async function train(gap: number, changes: Partial<GrpoConfig>): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'importance-'));
  const rows: Record<string, number>[] = [];
  const sink: TrainSink = {
    metrics: async (metrics) => void rows.push(metrics as Record<string, number>),
    checkpoint: async (step, write) => write(join(dir, String(step))),
  };
  const config = { ...grpoConfig, steps: 2, maxGradNorm: 1e9, ...changes };
  const backend = withGap(gap);
  await backend.setReference();
  const samples = [0, 1, 2, 3].map((id) => tinySample(id));
  await trainGrpo(backend, samples, async (sample) => tinyPrompt(sample), scorer(), config, sink);
  await backend.close();
  return { rows, weights: readFileSync(join(dir, String(config.steps), 'model.safetensors')) };
}

describe('on the embedded engine', () => {
  test('without a gap it is the same training, to the bit: updates on the same batch included', async () => {
    const [plain, corrected] = [await train(0, { questions: 2 }), await train(0, { questions: 2, importanceCap: 2 })];
    expect(corrected.weights.equals(plain.weights)).toBe(true);
    expect(corrected.rows[1]).toMatchObject({ importance: 1, importanceTruncated: 0, logprobGap: 0 });
    expect(plain.rows[1]).not.toHaveProperty('importance');
  });

  // One update, at the policy that sampled, without KL: the gradient is that of the surrogate, Σ w·i·A·∂log π.
  const one = { steps: 1, beta: 0, updatesPerBatch: 1, questions: 2 };
  let plain: Record<string, number>;
  beforeAll(async () => {
    plain = (await train(0, one)).rows[0];
  });

  test.each([
    ['below C: the gradient times e^gap', 0.3, 2, Math.exp(0.3), 0],
    ['above C: the gradient times C', 1, 2, 2, 1],
    ['a sampler that was surer: the gradient times less than 1', -0.5, 2, Math.exp(-0.5), 0],
  ])('%s', async (_, gap, importanceCap, factor, truncated) => {
    const apart = (await train(gap, { ...one, importanceCap })).rows[0];
    expect(apart.gradNorm / plain.gradNorm).toBeCloseTo(factor, 4);
    expect(apart.importance).toBeCloseTo(factor, 4);
    expect(apart.importanceTruncated).toBe(truncated);
    expect(apart.logprobGapMean).toBeCloseTo(Math.abs(gap), 4);
    expect(apart.clipFraction).toBe(0); // the ratio is to the trainer's own policy, however far the sampler is
  });
});
