// Turns → rows with a weight per target token and probes: places whose probability is logged.
import type { Prepared, Row } from '../../models/port.ts';
import type { qwenModel } from '../../models/qwen2_5_vl/index.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import type { Scene } from '../../world/scene.ts';
import { conversation, openingMessage, type Piece, type Turn } from './conversation.ts';
import type { SceneClip } from './scenes.ts';

export type Model = ReturnType<typeof qwenModel>;

export interface Probe {
  readonly name: string;
  /** Offset in the completion. */
  readonly at: number;
}

export interface WeightedRow extends Row {
  readonly weights: Float32Array;
  readonly probes: readonly Probe[];
}

/** Collects a completion token by token. */
export class RowWriter {
  private readonly completion: number[] = [];
  private readonly weights: number[] = [];
  private readonly probes: Probe[] = [];
  private readonly tokenizer: Tokenizer;

  constructor(tokenizer: Tokenizer) {
    this.tokenizer = tokenizer;
  }

  tokens(ids: readonly number[], weight: number): void {
    this.completion.push(...ids);
    for (let i = 0; i < ids.length; i++) this.weights.push(weight);
  }

  piece({ text, weight, probe }: Piece): void {
    if (probe) this.probes.push({ name: probe, at: this.completion.length });
    this.tokens(this.tokenizer.encode(text), weight);
  }

  row(prompt: Prepared): WeightedRow {
    return { prompt, completion: this.completion, weights: Float32Array.from(this.weights), probes: this.probes };
  }
}

/** Turns after a prepared first user message as a row: everything after it is completion, user turns with weight 0. */
function turnsRow(tokenizer: Tokenizer, prompt: Prepared, turns: readonly Turn[]): WeightedRow {
  const [start, end] = [tokenizer.idOf('<|im_start|>'), tokenizer.idOf('<|im_end|>')];
  const [newline, user, assistant] = ['\n', 'user\n', 'assistant\n'].map((t) => tokenizer.encode(t));
  const writer = new RowWriter(tokenizer);
  turns.forEach((turn, i) => {
    const asked = [...newline, start, ...user, ...tokenizer.encode(turn.user), end, ...newline, start, ...assistant];
    if (i > 0) writer.tokens(asked, 0);
    for (const piece of turn.assistant) writer.piece(piece);
    writer.tokens([end], 1);
  });
  return writer.row(prompt);
}

/** A conversation about a clip. */
export function conversationRow(
  model: Model,
  tokenizer: Tokenizer,
  { scene, clip }: SceneClip,
  converse: (scene: Scene) => Turn[] = conversation,
): WeightedRow {
  const turns = converse(scene);
  return turnsRow(tokenizer, model.prepare([openingMessage(scene, turns[0])], clip), turns);
}
