// The whole model by next-token loss: look-ups first, then conversations about clips. Several turns share one pass of the vision tower
// and one row.
import { type Buffer, f32, input, mul, neg, type SessionOptions, sum, Trainer } from '../../engine/index.ts';
import type { Batch } from '../../models/port.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import type { Scene } from '../../world/scene.ts';
import type { Turn } from './conversation.ts';
import { conversationRow, type Model, type WeightedRow } from './rows.ts';
import type { SceneClip } from './scenes.ts';

function weightFeed(batch: Batch, rows: readonly WeightedRow[]): Buffer {
  const data = new Float32Array(batch.targets);
  const total = rows.reduce((n, r) => n + r.weights.reduce((a, b) => a + b, 0), 0);
  rows.forEach((r, i) => {
    r.weights.forEach((w, t) => {
      data[batch.offsets[i] + t] = w / total;
    });
  });
  return f32(data, [batch.targets]);
}

/** loss, gradNorm, and the mean probability at each kind of probe. */
export type LanguageStep = Record<string, number>;

export class LanguageTrainer {
  readonly trainer: Trainer;
  private readonly model: Model;
  private readonly tokenizer: Tokenizer;

  constructor(model: Model, tokenizer: Tokenizer, session: SessionOptions, weightDecay = 0.02) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.trainer = new Trainer(model.weights, { weightDecay, maxNorm: 1, beta2: 0.98 }, session);
  }

  /** Rows of several steps' clips, shared out so that a step's rows are of similar length: padding is work. [steps][rows]. */
  block(clips: readonly SceneClip[], steps: number, converse?: (scene: Scene) => Turn[]): WeightedRow[][] {
    const length = (r: WeightedRow) => r.prompt.tokens.length + r.completion.length;
    const rows = clips
      .map((c) => conversationRow(this.model, this.tokenizer, c, converse))
      .sort((a, b) => length(a) - length(b));
    const size = rows.length / steps;
    return Array.from({ length: steps }, (_, i) => rows.slice(i * size, (i + 1) * size));
  }

  async step(rows: readonly WeightedRow[], learningRate: number): Promise<LanguageStep> {
    const batch = this.model.batch(rows, 1);
    const build = () => {
      const { logprobs, weights } = this.model.scoreGraph(batch);
      return { loss: neg(sum(mul(input('weights', logprobs.shape), logprobs))), weights, outputs: { logprobs } };
    };
    const feeds = { ...batch.feeds, weights: weightFeed(batch, rows) };
    const { loss, gradNorm, outputs } = await this.trainer.step(batch.key, build, feeds, learningRate);
    return { loss, gradNorm, ...probed(rows, batch, outputs.logprobs.data as Float32Array) };
  }
}

function probed(rows: readonly WeightedRow[], batch: Batch, logprobs: Float32Array): Record<string, number> {
  const probes = rows.flatMap((row, i) =>
    row.probes.map(({ name, at }) => ({ name, p: Math.exp(logprobs[batch.offsets[i] + at]) })),
  );
  const means = [...Map.groupBy(probes, ({ name }) => name)].map(([name, list]) => [
    name,
    list.reduce((total, { p }) => total + p, 0) / list.length,
  ]);
  return Object.fromEntries(means);
}
