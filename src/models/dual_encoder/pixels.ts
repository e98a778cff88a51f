// Frames → the normalized planes that SigLIP and CLIP see, in the single precision of transformers' image processors; and what a folder's
// preprocessor_config.json says about them. Leaves out: sizes (each model brings frames to its square), patches.
import { join } from 'node:path';
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent } from '../../base/if-present.ts';
import type { Frame } from '../../media/frame.ts';
import type { ResampleMethod } from '../../media/resample.ts';

export type Triple = readonly [number, number, number];

export interface PixelSettings {
  /** Of values in 0..1, per RGB channel. */
  readonly mean: Triple;
  readonly std: Triple;
  readonly resample: ResampleMethod;
}

const { fround } = Math;

/** Frames of side × side pixels → [F, 3, side, side], values (x/255 − mean) / std. Throws 'vision-frames' for another size. */
export function pixelPlanes(
  frames: readonly Frame[],
  side: number,
  { mean, std }: Pick<PixelSettings, 'mean' | 'std'>,
): Float32Array {
  const plane = side * side;
  const table = Float32Array.from({ length: 768 }, (_, i) => {
    const c = i >> 8;
    return fround(fround((i & 255) / 255) - fround(mean[c])) / fround(std[c]);
  });
  const out = new Float32Array(frames.length * 3 * plane);
  frames.forEach(({ width, height, data }, f) => {
    if (width !== side || height !== side || data.length !== plane * 3)
      throw new VideorftError('a frame does not have the size that this model reads', {
        code: 'vision-frames',
        facts: { width, height, bytes: data.length, image_size: side },
        fix: `resize frames to ${side} × ${side}`,
      });
    for (let c = 0; c < 3; c++) {
      const base = (f * 3 + c) * plane;
      for (let i = 0; i < plane; i++) out[base + i] = table[256 * c + data[3 * i + c]];
    }
  });
  return out;
}

const number3 = z.tuple([z.number(), z.number(), z.number()]);
/** Pillow's numbers: 2 bilinear, 3 bicubic. */
const schema = z.object({
  image_mean: number3.optional(),
  image_std: number3.optional(),
  resample: z.union([z.literal(2), z.literal(3)]).optional(),
  do_resize: z.literal(true).optional(),
  do_rescale: z.literal(true).optional(),
  do_normalize: z.literal(true).optional(),
});

/**
 * The settings of a folder's preprocessor_config.json over the model's usual ones, which hold where the file or a key is absent.
 * @throws VideorftError 'model-preprocessor' for a file that is not JSON or asks for what is not built.
 */
export async function readPixelSettings(dir: string, usual: PixelSettings): Promise<PixelSettings> {
  const file = join(dir, 'preprocessor_config.json');
  const text = await readTextIfPresent(file);
  if (text === undefined) return usual;
  const refuse = (message: string, field: string, cause?: unknown) =>
    new VideorftError(`preprocessor_config.json cannot be followed: ${message}`, {
      code: 'model-preprocessor',
      facts: { file, field },
      fix: 'give the file that the model was published with, or remove it for the usual settings',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse('it is not JSON', '', cause);
  }
  const { success, data, error } = schema.safeParse(json);
  if (!success) throw refuse(error.issues[0].message, error.issues[0].path.join('.'));
  return {
    mean: data.image_mean ?? usual.mean,
    std: data.image_std ?? usual.std,
    resample: data.resample === undefined ? usual.resample : data.resample === 2 ? 'bilinear' : 'bicubic',
  };
}
