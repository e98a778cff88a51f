// Positions of Qwen2.5-VL: three axes for the language tower (get_rope_index), height and width for the vision tower (rot_pos_emb).
// Follows Qwen2_5_VLModel of transformers. Leaves out: the rotary tables made from them, batching.
import { VideorftError } from '../../base/errors.ts';
import type { ModelConfig } from './config.ts';

/** Patch grid of one image or video: [temporal, height, width], in patches. */
export type Grid = readonly [number, number, number];

/**
 * Where the time axis is cut to whole numbers.
 * 'product': index · seconds · tokens_per_second is cut once. What Qwen2.5-VL shipped with (transformers 4.49), vLLM, and
 *   transformers again since its pull request #48669.
 * 'seconds': second_per_grid_ts is cut first, so 0.5 s counts as 0: transformers 4.50 to 5.x, to compare with those versions.
 * Both agree where seconds per grid are whole.
 */
export type TimeTruncation = 'product' | 'seconds';

/**
 * Where text goes on after a video. 'largest': after its largest position, time included, as the model's authors have it (transformers to
 * 4.57, vLLM). 'sides': after its longer side, even if time went further: transformers 5.3 to 5.24, to compare with those versions.
 */
export type TextAfter = 'largest' | 'sides';

export interface RopeIndexInput {
  /** [B][T]. */
  readonly input_ids: readonly ArrayLike<number>[];
  /** [B][T], 1 for real tokens; padding on either side. All real where absent. */
  readonly attention_mask?: readonly ArrayLike<number>[];
  /** Grids in the order in which the images (videos) appear, over the whole batch. */
  readonly image_grid_thw?: readonly Grid[];
  readonly video_grid_thw?: readonly Grid[];
  /** Seconds between temporal patches, one per video; 1 where absent. */
  readonly second_per_grid_ts?: readonly number[];
  readonly truncation?: TimeTruncation;
  readonly textAfter?: TextAfter;
}

export interface RopeIndex {
  /** [3, B, T] flattened: time, height, width. Padding has 1, as in the reference. */
  readonly position_ids: Int32Array;
  /** [B]: add to a token's index in the padded row to get its position, for tokens after the row's end. */
  readonly rope_deltas: Int32Array;
}

type Ids = Pick<ModelConfig, 'image_token_id' | 'video_token_id' | 'vision_start_token_id'> & {
  readonly vision: Pick<ModelConfig['vision'], 'spatial_merge_size' | 'tokens_per_second'>;
};

/** Time positions of temporal patch i, in the single precision of the reference. */
export function timePosition(i: number, seconds: number, tokensPerSecond: number, truncation: TimeTruncation): number {
  const step = truncation === 'seconds' ? Math.trunc(seconds) : Math.fround(seconds);
  return Math.trunc(Math.fround(Math.fround(i * step) * tokensPerSecond));
}

interface Medium {
  readonly grid: Grid;
  readonly seconds: number;
}

/** Takes the media of the batch in order of appearance. */
function mediaQueue(input: RopeIndexInput) {
  let [images, videos] = [0, 0];
  const missing = (kind: string) =>
    new VideorftError(`the tokens announce more ${kind}s than there are grids`, {
      code: 'vision-tokens',
      fix: `pass one grid per ${kind}, in order`,
    });
  return (video: boolean): Medium => {
    const grid = video ? input.video_grid_thw?.[videos] : input.image_grid_thw?.[images];
    if (!grid) throw missing(video ? 'video' : 'image');
    const seconds = video ? (input.second_per_grid_ts?.[videos] ?? 1) : 0;
    if (video) videos++;
    else images++;
    return { grid, seconds };
  };
}

/** Positions [3][n] of the real tokens of one row, and the position after the largest. */
function rowPositions(
  ids: readonly number[],
  config: Ids,
  next: (video: boolean) => Medium,
  { truncation = 'product', textAfter = 'largest' }: Pick<RopeIndexInput, 'truncation' | 'textAfter'>,
) {
  const axes: [number[], number[], number[]] = [[], [], []];
  let position = 0; // of the next token
  let end = 0; // largest so far + 1
  for (let i = 0; i < ids.length; ) {
    const video = ids[i] === config.video_token_id;
    const announced = i > 0 && ids[i - 1] === config.vision_start_token_id;
    if (!announced || (!video && ids[i] !== config.image_token_id)) {
      for (const axis of axes) axis.push(position);
      position++;
      end = Math.max(end, position);
      i++;
      continue;
    }
    const { grid, seconds } = next(video);
    const [t, h, w] = [grid[0], ...grid.slice(1).map((n) => Math.floor(n / config.vision.spatial_merge_size))];
    const sides = position + Math.max(h, w) - 1;
    let largest = sides;
    for (let frame = 0; frame < t; frame++) {
      const time = position + timePosition(frame, seconds, config.vision.tokens_per_second, truncation);
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          axes[0].push(time);
          axes[1].push(position + y);
          axes[2].push(position + x);
        }
      }
      largest = Math.max(largest, time);
    }
    i += t * h * w;
    position = (textAfter === 'sides' ? sides : largest) + 1;
    end = Math.max(end, largest + 1);
  }
  if (axes[0].length !== ids.length)
    throw new VideorftError('a row ends inside the placeholder tokens of an image or video', {
      code: 'vision-tokens',
      facts: { tokens: ids.length, expected: axes[0].length },
      fix: 'expand the placeholders with expandVision and do not cut the row',
    });
  return { axes, end };
}

/**
 * Three-axis positions of a batch of token rows: text counts on all axes together, an image or video counts time, height and
 * width from the position before it, and text goes on after the largest.
 * @throws VideorftError 'vision-tokens' when tokens and grids do not fit.
 */
export function get_rope_index(config: Ids, input: RopeIndexInput): RopeIndex {
  const batch = input.input_ids.length;
  const tokens = input.input_ids[0]?.length ?? 0;
  const position_ids = new Int32Array(3 * batch * tokens).fill(1);
  const rope_deltas = new Int32Array(batch);
  const next = mediaQueue(input);
  for (let b = 0; b < batch; b++) {
    const mask = input.attention_mask?.[b];
    const real = [...Array(tokens).keys()].filter((i) => mask === undefined || mask[i] === 1);
    const ids = real.map((i) => input.input_ids[b][i]);
    const { axes, end } = rowPositions(ids, config, next, input);
    axes.forEach((axis, a) => {
      real.forEach((at, i) => {
        position_ids[(a * batch + b) * tokens + at] = axis[i];
      });
    });
    rope_deltas[b] = end - tokens;
  }
  return { position_ids, rope_deltas };
}

/** Height and width of every patch, [P, 2] flattened, in merge-block order: the order in which the processor lays patches out. */
export function rot_pos_emb(grids: readonly Grid[], merge: number): Int32Array {
  const out = new Int32Array(2 * grids.reduce((sum, [t, h, w]) => sum + t * h * w, 0));
  let at = 0;
  for (const [t, h, w] of grids) {
    const start = at;
    for (let top = 0; top < h; top += merge)
      for (let left = 0; left < w; left += merge)
        for (let y = top; y < top + merge; y++)
          for (let x = left; x < left + merge; x++) {
            out[at++] = y;
            out[at++] = x;
          }
    const frame = at - start;
    for (let k = 1; k < t; k++, at += frame) out.copyWithin(at, start, start + frame);
  }
  return out;
}
