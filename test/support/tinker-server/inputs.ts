// What a request to the scripted server means for the engine behind it: chunks become a prompt with its pictures, a datum becomes a
// sequence of which every position after the last picture is scored, as real servers answer for every position.
import { createHash } from 'node:crypto';
import type { Prompt, Sequence } from '../../../src/backends/port.ts';
import type { Chunk, Datum, ModelInput } from '../../../src/backends/tinker/wire.ts';
import { decodeImage } from '../../../src/media/image.ts';
import type { Prepared, PreparedVision, VideoLanguageModel } from '../../../src/models/port.ts';
import type { ModelConfig } from '../../../src/models/qwen2_5_vl/config.ts';
import { processClip } from '../../../src/models/qwen2_5_vl/processor.ts';
import { get_rope_index } from '../../../src/models/qwen2_5_vl/rope_index.ts';

/** A request that the server refuses, with its status. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** A datum as the engine takes it. */
export interface Laid {
  readonly sequence: Sequence;
  /** Positions of the datum that belong to the prompt's part, which is not scored. */
  readonly unscored: number;
  readonly positions: number;
}

/** Prompts by content: the engine shares the passes of equal ones. */
export class Inputs {
  private readonly config: ModelConfig;
  private readonly prepared = new Map<string, Prepared>();
  private readonly prompts = new Map<string, Promise<Prompt>>();
  /** As SkyRL's jax backend: pictures are left out, and nothing is said. */
  private readonly dropImages: boolean;

  constructor(config: ModelConfig, { dropImages = false } = {}) {
    this.config = config;
    this.dropImages = dropImages;
  }

  /** The model, taking prompts of this registry in place of messages. */
  model(model: VideoLanguageModel): VideoLanguageModel {
    return { ...model, prepare: (messages) => this.prepared.get(String(messages[0].content)) as Prepared };
  }

  async prompt(input: ModelInput): Promise<Prompt> {
    const chunks = input.chunks.filter((c) => !this.dropImages || c.type !== 'image');
    const key = createHash('sha256').update(JSON.stringify(chunks)).digest('hex');
    const known = this.prompts.get(key) ?? this.register(key, chunks);
    this.prompts.set(key, known);
    return known;
  }

  private async register(key: string, chunks: readonly Chunk[]): Promise<Prompt> {
    this.prepared.set(key, await this.prepare(chunks));
    return { id: key.slice(0, 8), messages: [{ role: 'user', content: key }] };
  }

  private async prepare(chunks: readonly Chunk[]): Promise<Prepared> {
    const { vision: settings, image_token_id } = this.config;
    const tokens: number[] = [];
    const vision: PreparedVision[] = [];
    for (const chunk of chunks) {
      if (chunk.type === 'encoded_text') {
        tokens.push(...chunk.tokens);
        continue;
      }
      const frame = await decodeImage(Buffer.from(chunk.data, 'base64'));
      const { pixel_values, grid_thw: grid } = processClip({ frames: [frame], sampledFps: 0 }, settings);
      const cells = (grid[0] * grid[1] * grid[2]) / settings.spatial_merge_size ** 2;
      if (cells !== chunk.expected_tokens)
        throw new Refused(400, `image takes ${cells} tokens, not ${chunk.expected_tokens}`);
      vision.push({ pixels: pixel_values, grid, start: tokens.length });
      for (let i = 0; i < cells; i++) tokens.push(image_token_id);
    }
    const image_grid_thw = vision.map(({ grid }) => grid);
    const { position_ids, rope_deltas } = get_rope_index(this.config, { input_ids: [tokens], image_grid_thw });
    return {
      tokens: Int32Array.from(tokens),
      positions: position_ids,
      nextPosition: tokens.length + rope_deltas[0],
      vision,
    };
  }

  /** Everything up to the last picture (or the first token) is the engine's prompt, the rest its completion. */
  async lay({ model_input, loss_fn_inputs }: Datum): Promise<Laid> {
    const chunks = model_input.chunks.filter((c) => !this.dropImages || c.type !== 'image');
    const lastImage = chunks.findLastIndex((c) => c.type === 'image');
    const after = chunks.slice(lastImage + 1).flatMap((c) => (c.type === 'encoded_text' ? c.tokens : []));
    const head = [...chunks.slice(0, lastImage + 1), { type: 'encoded_text' as const, tokens: after.slice(0, 1) }];
    const prompt = await this.prompt({ chunks: head });
    const rest = after.slice(1);
    const unscored = (this.prepared.get(String(prompt.messages[0].content)) as Prepared).tokens.length - 1;
    const targets = loss_fn_inputs.target_tokens.data;
    const positions = unscored + 1 + rest.length;
    if (!this.dropImages) checkShift(targets, rest, loss_fn_inputs.weights?.data, unscored, positions);
    return { sequence: { prompt, tokens: [...rest, targets[targets.length - 1]] }, unscored, positions };
  }
}

/** Targets that count must be the input moved by one: anything else would be trained on a neighbour's token. */
function checkShift(
  targets: readonly number[],
  rest: readonly number[],
  weights: readonly number[] | undefined,
  unscored: number,
  positions: number,
): void {
  if (targets.length !== positions) throw new Refused(400, `${targets.length} targets for ${positions} positions`);
  for (let t = 0; t < positions - 1; t++) {
    if ((weights ?? [])[t] === 0) continue;
    if (t < unscored || targets[t] !== rest[t - unscored]) throw new Refused(400, `target ${t} is not the next token`);
  }
}
