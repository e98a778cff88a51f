// Inputs of CLIP: frames → the middle square of their resized selves, token rows → padded rows and where each text ends.
// Leaves out: normalizing (dual_encoder/pixels.ts), tokenizing.
import { VideorftError } from '../../base/errors.ts';
import type { Frame } from '../../media/frame.ts';
import { resizeFrame } from '../../media/resize.ts';
import { IMAGE_MEAN, IMAGE_STD } from '../clip-pixels.ts';
import type { PixelSettings } from '../dual_encoder/pixels.ts';
import { padRows } from '../dual_encoder/texts.ts';
import type { ClipTextConfig } from './config.ts';

/** What CLIP is published with. */
export const CLIP_PIXELS: PixelSettings = { mean: IMAGE_MEAN, std: IMAGE_STD, resample: 'bicubic' };

/** [height, width] with the shorter side at `side`, the longer cut to whole pixels (get_resize_output_image_size in transformers). */
export function shortestEdgeSize(height: number, width: number, side: number): [number, number] {
  const long = Math.trunc((side * Math.max(height, width)) / Math.min(height, width));
  return width <= height ? [long, side] : [side, long];
}

/** The square in the middle; where a margin is odd, the spare pixel is left at the end. */
function centreSquare({ width, height, data, time }: Frame, side: number): Frame {
  if (width === side && height === side) return { width, height, data, time };
  const [top, left] = [(height - side) >> 1, (width - side) >> 1];
  const out = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + side * 3), y * side * 3);
  }
  return { width: side, height: side, data: out, time };
}

/** A frame as CLIP sees it: shorter side resized to `side`, then the middle square. */
export function clipSquare(frame: Frame, side: number, { resample }: Pick<PixelSettings, 'resample'>): Frame {
  const [height, width] = shortestEdgeSize(frame.height, frame.width, side);
  return centreSquare(resizeFrame(frame, height, width, resample), side);
}

/**
 * Index of a row's end token, where the text is pooled: the first eos_token_id, or the largest id where the config says 2, as configs
 * from before transformers 4.32 do. @throws VideorftError 'tokenizer-token' for a row without one.
 */
export function endOfText(row: readonly number[], { eos_token_id }: Pick<ClipTextConfig, 'eos_token_id'>): number {
  const at = eos_token_id === 2 ? row.indexOf(Math.max(...row)) : row.indexOf(eos_token_id);
  if (at >= 0) return at;
  throw new VideorftError("the tokenizer does not put CLIP's end token behind a text", {
    code: 'tokenizer-token',
    facts: { eos_token_id },
    fix: 'give the tokenizer.json that the model was published with',
  });
}

/** Token rows → ids [N, max_position_embeddings], filled up behind the end, which nothing before sees; and `ends` [N], indices into N · T. */
export function clipTexts(
  rows: readonly (readonly number[])[],
  config: ClipTextConfig,
): { ids: Int32Array; ends: Int32Array } {
  const length = config.max_position_embeddings;
  return {
    ids: padRows(rows, length, 0),
    ends: Int32Array.from(rows, (row, i) => i * length + endOfText(row, config)),
  };
}
