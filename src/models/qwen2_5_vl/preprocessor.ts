// preprocessor_config.json of Qwen2.5-VL: written beside the weights, and checked when it is read, since a model that sees other numbers than it
// was trained on answers worse without a word. Leaves out: the pixel budget, which a profile decides (media/profile.ts).
import { z } from 'zod';
import { VideorftError } from '../../base/errors.ts';
import { IMAGE_MEAN, IMAGE_STD } from '../clip-pixels.ts';
import type { PatchConfig } from './processor.ts';

/** What AutoProcessor of transformers needs beside the tokenizer; kept as it was read. */
export const PREPROCESSOR_FILE = 'preprocessor_config.json';

const near = (wanted: number) =>
  z.number().refine((value) => Math.abs(value - wanted) < 1e-6, { error: `only ${wanted} is built` });
const triple = ([r, g, b]: readonly [number, number, number]) => z.tuple([near(r), near(g), near(b)]);
const yes = z.literal(true).nullish();

const schemaOf = (config: PatchConfig) =>
  z.object({
    image_mean: triple(IMAGE_MEAN).nullish(),
    image_std: triple(IMAGE_STD).nullish(),
    rescale_factor: near(1 / 255).nullish(),
    /** Pillow's number of bicubic. */
    resample: z.literal(3).nullish(),
    do_resize: yes,
    do_rescale: yes,
    do_normalize: yes,
    patch_size: z.literal(config.patch_size).nullish(),
    temporal_patch_size: z.literal(config.temporal_patch_size).nullish(),
    merge_size: z.literal(config.spatial_merge_size).nullish(),
  });

/** Throws VideorftError 'model-preprocessor' where the file, whose content is given, asks for other pixels than processClip makes. */
export function checkPreprocessor(json: object, config: PatchConfig, file: string): void {
  const { error } = schemaOf(config).safeParse(json);
  if (!error) return;
  const [{ message, path }] = error.issues;
  throw new VideorftError(`${PREPROCESSOR_FILE} cannot be followed: ${message}`, {
    code: 'model-preprocessor',
    facts: { file, field: path.join('.') },
    fix: 'give the file that the model was published with, or remove it for the usual settings',
  });
}

/** The preprocessor_config.json to write beside the weights, so that AutoProcessor of transformers opens the folder. */
export function writePreprocessorConfig(
  config: PatchConfig,
  pixels: { min: number; max: number },
): Record<string, unknown> {
  return {
    image_processor_type: 'Qwen2VLImageProcessor',
    processor_class: 'Qwen2_5_VLProcessor',
    min_pixels: pixels.min,
    max_pixels: pixels.max,
    patch_size: config.patch_size,
    temporal_patch_size: config.temporal_patch_size,
    merge_size: config.spatial_merge_size,
    image_mean: [...IMAGE_MEAN],
    image_std: [...IMAGE_STD],
  };
}
