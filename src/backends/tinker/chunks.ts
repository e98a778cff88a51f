// Prompts and sequences in the protocol's terms: text as token chunks, a picture as an image chunk, a video as its frames, each between the
// tokens that stand around a picture. Targets are shifted by one, and cover the completion only. Leaves out: losses (losses.ts).
import { VideorftError } from '../../base/errors.ts';
import type { Clip } from '../../media/frame.ts';
import type { PromptCoder } from '../../models/prompt-coder.ts';
import { pngFrames } from '../frames.ts';
import type { Prompt, Sequence } from '../port.ts';
import { type Chunk, type Datum, float32, int64, type ModelInput, positionsOf } from './wire.ts';

type ImageChunk = Extract<Chunk, { type: 'image' }>;

export interface EncodedPrompt {
  readonly input: ModelInput;
  /** Positions that it takes, pictures as their tokens. */
  readonly positions: number;
  readonly images: number;
  /** Roughly what it adds to a request. */
  readonly bytes: number;
}

export class PromptEncoder {
  private readonly coder: PromptCoder;
  private readonly encoded = new WeakMap<Prompt, Promise<EncodedPrompt>>();

  constructor(coder: PromptCoder) {
    this.coder = coder;
  }

  /** Once per prompt object. Errors: tinker-text-only, prompt-media. */
  encode(prompt: Prompt): Promise<EncodedPrompt> {
    const known = this.encoded.get(prompt) ?? this.build(prompt);
    this.encoded.set(prompt, known);
    return known;
  }

  private async build(prompt: Prompt): Promise<EncodedPrompt> {
    const ids = this.coder.encodeChat(prompt.messages);
    const media = this.coder.media;
    const places = ids.flatMap((id, i) => (media && (id === media.image || id === media.video) ? [i] : []));
    if (places.length !== (prompt.clip ? 1 : 0)) throw wrongMedia(prompt, places.length, media === undefined);
    const images = prompt.clip ? await this.imagesOf(prompt.clip) : [];
    const input = { chunks: prompt.clip ? this.around(ids, places[0], images) : [text(ids)] };
    const bytes = images.reduce((n, c) => n + c.data.length, 0) + 8 * ids.length;
    return { input, positions: positionsOf(input), images: images.length, bytes };
  }

  /** The placeholder's tokens before and after, and the pictures between them. */
  private around(ids: readonly number[], place: number, images: readonly ImageChunk[]): Chunk[] {
    const { start, end } = this.coder.media as NonNullable<PromptCoder['media']>;
    const between = images.flatMap((image, i): Chunk[] => (i === 0 ? [image] : [text([end, start]), image]));
    return [text(ids.slice(0, place)), ...between, text(ids.slice(place + 1))];
  }

  private async imagesOf(clip: Clip): Promise<ImageChunk[]> {
    const media = this.coder.media as NonNullable<PromptCoder['media']>;
    const pictures = await pngFrames(clip);
    return pictures.map((data, i) => {
      const { width, height } = clip.frames[i];
      return { type: 'image', data, format: 'png', expected_tokens: media.tokensOf(width, height) };
    });
  }
}

const text = (tokens: readonly number[]): Chunk => ({ type: 'encoded_text', tokens });

function wrongMedia(prompt: Prompt, announced: number, textOnly: boolean): VideorftError {
  if (textOnly && prompt.clip)
    return new VideorftError('this model takes text only, and the prompt comes with a video or picture', {
      code: 'tinker-text-only',
      facts: { sample: prompt.id },
      fix: 'name the folder of a video language model with --model',
    });
  return new VideorftError('messages and media of a prompt disagree', {
    code: 'prompt-media',
    facts: { sample: prompt.id, announced, came: prompt.clip ? 1 : 0 },
  });
}

/** Per-token values of a sequence's completion, as the loss takes them. */
export type TokenValues = Readonly<Record<string, ArrayLike<number>>>;

/** A sequence as a datum; `values` stand at the completion's targets, and 0 everywhere else. */
export function datumOf(prompt: EncodedPrompt, tokens: readonly number[], values: TokenValues): Datum {
  const before = prompt.positions - 1;
  const padded = (row: ArrayLike<number>) => [...new Array<number>(before).fill(0), ...Array.from(row)];
  const rest = tokens.slice(0, -1);
  return {
    model_input: { chunks: [...prompt.input.chunks, ...(rest.length > 0 ? [text(rest)] : [])] },
    loss_fn_inputs: {
      target_tokens: int64(padded(tokens)),
      ...Object.fromEntries(Object.entries(values).map(([name, row]) => [name, float32(padded(row))])),
    },
  };
}

/** The completion's part of what the server says of every position. Throws 'tinker-images', where it dropped pictures. */
export function completionOf(prompt: EncodedPrompt, sequence: Sequence, row: Float32Array): Float32Array {
  const n = sequence.tokens.length;
  const expected = prompt.positions + n - 1;
  if (row.length === expected) return row.slice(prompt.positions - 1);
  if (prompt.images > 0) throw imagesDropped(sequence.prompt, { expected, got: row.length });
  throw new VideorftError('the server answers for another number of tokens than it was sent', {
    code: 'tinker-answer',
    facts: { sample: sequence.prompt.id, expected, got: row.length },
  });
}

export const imagesDropped = (prompt: Prompt, facts: Record<string, number>): VideorftError =>
  new VideorftError('the server drops pictures: it would train on questions about videos without the videos', {
    code: 'tinker-images',
    facts: { sample: prompt.id, images: prompt.clip?.frames.length, ...facts },
    fix: "use a server with a vision language model behind it (of SkyRL's backends fsdp or megatron, not jax)",
  });
