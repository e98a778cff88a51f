// Stage 2: the whole model by next-token loss on conversations about clips. Several turns share one pass of the vision tower and one row.

import { type Buffer, f32, input, mul, neg, sum, Trainer } from '../../engine/index.ts';
import type { Batch, Prepared, Row } from '../../models/port.ts';
import type { qwenModel } from '../../models/qwen2_5_vl/index.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import { conversation, openingMessage, type Turn } from './conversation.ts';
import type { SceneClip } from './scenes.ts';

type Model = ReturnType<typeof qwenModel>;

/** Short answers have few tokens beside captions; theirs count this much more. */
const ANSWER_WEIGHT = 3;

export interface WeightedRow extends Row {
  readonly weights: Float32Array;
  /** Offset of the first token of each answer's content, for the accuracy that is logged. */
  readonly answers: readonly number[];
}

/** Turns after a prepared first user message as a row: everything after it is completion, user turns with weight 0. */
function turnsRow(tokenizer: Tokenizer, prompt: Prepared, turns: readonly Turn[]): WeightedRow {
  const [start, end] = [tokenizer.idOf('<|im_start|>'), tokenizer.idOf('<|im_end|>')];
  const completion: number[] = [];
  const weights: number[] = [];
  const answers: number[] = [];
  const push = (ids: readonly number[], weight: number) => {
    completion.push(...ids);
    weights.push(...ids.map(() => weight));
  };
  const [newline, user, answer] = ['\n', 'user\n', 'assistant\n'].map((t) => tokenizer.encode(t));
  turns.forEach((turn, i) => {
    if (i > 0) push([...newline, start, ...user, ...tokenizer.encode(turn.user), end, ...newline, start, ...answer], 0);
    const short = turn.assistant.startsWith('<answer>');
    if (short) answers.push(completion.length + 1);
    push([...tokenizer.encode(turn.assistant), end], short ? ANSWER_WEIGHT : 1);
  });
  return { prompt, completion, weights: Float32Array.from(weights), answers };
}

/** A conversation about a clip. */
export function conversationRow(model: Model, tokenizer: Tokenizer, { scene, clip }: SceneClip): WeightedRow {
  const turns = conversation(scene);
  return turnsRow(tokenizer, model.prepare([openingMessage(scene, turns[0])], clip), turns);
}

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

export interface LanguageStep {
  readonly loss: number;
  readonly gradNorm: number;
  /** Mean probability of the first token of short answers. */
  readonly answerProbability: number;
}

export class LanguageTrainer {
  readonly trainer: Trainer;
  private readonly model: Model;
  private readonly tokenizer: Tokenizer;

  constructor(model: Model, tokenizer: Tokenizer, weightDecay = 0.02) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.trainer = new Trainer(model.weights, { weightDecay, maxNorm: 1, beta2: 0.98 });
  }

  /** Rows of several steps' clips, shared out so that a step's rows are of similar length: padding is work. [steps][rows]. */
  block(clips: readonly SceneClip[], steps: number): WeightedRow[][] {
    const length = (r: WeightedRow) => r.prompt.tokens.length + r.completion.length;
    const rows = clips.map((c) => conversationRow(this.model, this.tokenizer, c)).sort((a, b) => length(a) - length(b));
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
    const logprobs = outputs.logprobs.data as Float32Array;
    const probabilities = rows.flatMap((r, i) => r.answers.map((a) => Math.exp(logprobs[batch.offsets[i] + a])));
    return {
      loss,
      gradNorm,
      answerProbability: probabilities.reduce((a, b) => a + b, 0) / Math.max(1, probabilities.length),
    };
  }
}
