// (ii), our side: one SFT step of Qwen2.5-VL (completion-only cross entropy, clipping, AdamW), from laid-out rows to updated weights.
// Three ways to take it, see SftVariant.
import { EmbeddedBackend } from '../../src/backends/embedded/index.ts';
import type { Sequence } from '../../src/backends/port.ts';
import {
  f32,
  gradients,
  i32,
  input,
  logSoftmax,
  mul,
  type Node,
  neg,
  reshape,
  type SessionOptions,
  type StepGraph,
  sum,
  Trainer,
  takeLast,
} from '../../src/engine/index.ts';
import { writeWeights } from '../../src/models/files.ts';
import type { Row, VideoLanguageModel } from '../../src/models/port.ts';
import { type LaidOut, scoringBatch } from '../../src/models/qwen2_5_vl/batch.ts';
import type { ModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { logitsGraph } from '../../src/models/qwen2_5_vl/graphs.ts';
import { matmulFlops } from './flops.ts';
import { type OpenModel, openModel } from './open.ts';
import type { OpenTraining } from './protocol.ts';
import type { TrainingWork } from './work-decoder.ts';

const weighted = (logprobs: Node): Node => neg(sum(mul(input('weights', logprobs.shape), logprobs)));
const countTargets = (rows: readonly Row[]) => rows.reduce((n, r) => n + r.completion.length, 0);

/** Logits at the positions that are scored, and nowhere else. */
function sparseGraph(model: VideoLanguageModel, batch: LaidOut): StepGraph {
  const { logprobs, weights } = model.scoreGraph(batch);
  return { loss: weighted(logprobs), weights };
}

function sparseFeeds(batch: LaidOut, rows: readonly Row[]) {
  const data = new Float32Array(batch.targets);
  rows.forEach((r, i) => {
    data.fill(1 / countTargets(rows), batch.offsets[i], batch.offsets[i] + r.completion.length);
  });
  return { ...batch.feeds, weights: f32(data, [batch.targets]) };
}

/** Logits at every position, as transformers computes them. Inputs targets and weights [B·T]. */
function denseGraph(config: ModelConfig, batch: LaidOut): StepGraph {
  const { logits, weights } = logitsGraph(config, { batch: batch.rows, tokens: batch.tokens, grids: batch.grids });
  const count = batch.rows * batch.tokens;
  const all = logSoftmax(reshape(logits, [count, config.text.vocab_size]));
  return { loss: weighted(takeLast(all, input('targets', [count], 'i32'))), weights };
}

function denseFeeds(batch: LaidOut, rows: readonly Row[]) {
  const count = batch.rows * batch.tokens;
  const [targets, weights] = [new Int32Array(count), new Float32Array(count)];
  rows.forEach(({ prompt, completion }, r) => {
    const at = r * batch.tokens + prompt.tokens.length - 1;
    targets.set(completion, at);
    weights.fill(1 / countTargets(rows), at, at + completion.length);
  });
  return { ...batch.feeds, targets: i32(targets, [count]), weights: f32(weights, [count]) };
}

function throughTrainer(opened: OpenModel, options: OpenTraining, session: SessionOptions): TrainingWork {
  const { config, model, rows } = opened;
  const { optimizer, threads, variant } = options;
  const dense = variant === 'all-logits';
  const trainer = new Trainer(model.weights, optimizer, { threads, ...session });
  const build = (batch: LaidOut) => (dense ? denseGraph(config, batch) : sparseGraph(model, batch));
  const { loss, weights } = build(scoringBatch(config, rows, 1));
  return {
    flops: matmulFlops(gradients(loss, [...weights.values()])),
    async step() {
      const start = performance.now();
      const batch = scoringBatch(config, rows, 1);
      const feeds = dense ? denseFeeds(batch, rows) : sparseFeeds(batch, rows);
      const result = await trainer.step(batch.key, () => build(batch), feeds, optimizer.learningRate);
      return { seconds: (performance.now() - start) / 1000, loss: result.loss };
    },
    save: (dir) => writeWeights(dir, model.weights),
    close: () => trainer.dispose(),
  };
}

/** Rows as sequences of the training port: a prompt's message names its row. */
function throughPort(
  { model, rows }: OpenModel,
  { optimizer, threads }: OpenTraining,
  session: SessionOptions,
): TrainingWork {
  const named = {
    ...model,
    prepare: (messages: readonly { content: unknown }[]) => rows[Number(messages[0].content)].prompt,
  };
  const backend = new EmbeddedBackend(named, { threads, ...session });
  const sequences = rows.map((r, i): Sequence => {
    const prompt = { id: `${i}`, messages: [{ role: 'user' as const, content: `${i}` }] };
    return { prompt, tokens: [...r.completion] };
  });
  const weights = rows.map((r) => new Float32Array(r.completion.length).fill(1 / countTargets(rows)));
  const { learningRate, weightDecay, maxNorm } = optimizer;
  const adam = { learningRate, weightDecay, maxGradNorm: maxNorm, beta1: 0.9, beta2: 0.999, eps: 1e-8 };
  return {
    flops: 0,
    async step() {
      const start = performance.now();
      const { loss } = await backend.forwardBackward(sequences, { kind: 'cross_entropy', weights }, 1);
      await backend.optimStep(adam);
      return { seconds: (performance.now() - start) / 1000, loss };
    },
    save: (dir) => writeWeights(dir, model.weights),
    close: () => backend.close(),
  };
}

export async function openSft(options: OpenTraining, session: SessionOptions = {}): Promise<TrainingWork> {
  const opened = await openModel(options.dir);
  return options.variant === 'port' ? throughPort(opened, options, session) : throughTrainer(opened, options, session);
}
