// Inputs of SigLIP: frames → normalized planes, token rows → rows of exactly max_position_embeddings tokens.
// Leaves out: resizing (media/ brings frames to image_size × image_size), tokenizing.
import { VideorftError } from '../../base/errors.ts';
import type { Frame } from '../../media/frame.ts';
import type { SiglipTextConfig } from './config.ts';

/** Frames of image_size × image_size → [F, 3, H, W], values (x/255 − 0.5) / 0.5. */
export function siglipPixels(frames: readonly Frame[], image_size: number): Float32Array {
  const plane = image_size * image_size;
  const out = new Float32Array(frames.length * 3 * plane);
  frames.forEach(({ width, height, data }, f) => {
    if (width !== image_size || height !== image_size || data.length !== plane * 3)
      throw new VideorftError('a frame does not have the size that this SigLIP reads', {
        code: 'vision-frames',
        facts: { width, height, bytes: data.length, image_size },
        fix: `resize frames to ${image_size} × ${image_size}`,
      });
    for (let c = 0; c < 3; c++) {
      const base = (f * 3 + c) * plane;
      for (let i = 0; i < plane; i++) out[base + i] = data[3 * i + c] / 127.5 - 1;
    }
  });
  return out;
}

/** Token rows → [N, max_position_embeddings], cut at `maxTokens` and padded with pad_token_id (no mask: SigLIP was trained so). */
export function siglipTokens(
  rows: readonly (readonly number[])[],
  config: SiglipTextConfig,
  maxTokens: number,
): Int32Array {
  const length = config.max_position_embeddings;
  const out = new Int32Array(rows.length * length).fill(config.pad_token_id);
  rows.forEach((row, i) => {
    out.set(row.slice(0, Math.min(maxTokens, length)), i * length);
  });
  return out;
}
