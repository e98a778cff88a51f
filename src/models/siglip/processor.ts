// Inputs of SigLIP: frames → normalized planes, token rows → rows of exactly max_position_embeddings tokens.
// Leaves out: resizing (media/ brings frames to image_size × image_size), tokenizing.
import type { Frame } from '../../media/frame.ts';
import { type PixelSettings, pixelPlanes } from '../dual_encoder/pixels.ts';
import { padRows } from '../dual_encoder/texts.ts';
import type { SiglipTextConfig } from './config.ts';

/** What SigLIP is published with: values from −1 to 1, bicubic. */
export const SIGLIP_PIXELS: PixelSettings = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], resample: 'bicubic' };

/** Frames of image_size × image_size → [F, 3, H, W], values (x/255 − 0.5) / 0.5. */
export const siglipPixels = (frames: readonly Frame[], image_size: number): Float32Array =>
  pixelPlanes(frames, image_size, SIGLIP_PIXELS);

/** Token rows → [N, max_position_embeddings], cut at `maxTokens` and padded with pad_token_id (no mask: SigLIP was trained so). */
export function siglipTokens(
  rows: readonly (readonly number[])[],
  config: SiglipTextConfig,
  maxTokens: number,
): Int32Array {
  return padRows(
    rows.map((row) => row.slice(0, maxTokens)),
    config.max_position_embeddings,
    config.pad_token_id,
  );
}
