// preprocessor_config.json: the published one and ours are taken, one that asks for other pixels is refused by its field.
import { expect, test } from 'vitest';
import { checkPreprocessor, writePreprocessorConfig } from './preprocessor.ts';

const config = { patch_size: 14, temporal_patch_size: 2, spatial_merge_size: 2 };

// As published with Qwen2.5-VL, and as transformers 4.57 saves it.
const PUBLISHED = {
  min_pixels: 3136,
  max_pixels: 12845056,
  patch_size: 14,
  temporal_patch_size: 2,
  merge_size: 2,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  image_processor_type: 'Qwen2VLImageProcessor',
  processor_class: 'Qwen2_5_VLProcessor',
};
const SAVED = { ...PUBLISHED, do_resize: true, do_center_crop: null, resample: 3, rescale_factor: 0.00392156862745098 };

test('what is published and what we write is taken', () => {
  for (const json of [PUBLISHED, SAVED, writePreprocessorConfig(config, { min: 784, max: 7056 }), {}])
    expect(() => checkPreprocessor(json, config, 'F')).not.toThrow();
});

test.each([
  [{ image_mean: [0.5, 0.5, 0.5] }, 'image_mean.0'],
  [{ image_std: [0.26862954, 0.26130258, 0.3] }, 'image_std.2'],
  [{ patch_size: 16 }, 'patch_size'],
  [{ merge_size: 1 }, 'merge_size'],
  [{ rescale_factor: 1 }, 'rescale_factor'],
  [{ do_normalize: false }, 'do_normalize'],
  [{ resample: 2 }, 'resample'],
])('%o is refused', (change, field) => {
  const refused = (() => {
    try {
      checkPreprocessor({ ...SAVED, ...change }, config, 'F');
    } catch (error) {
      return error;
    }
  })();
  expect(refused).toMatchObject({ code: 'model-preprocessor', facts: { file: 'F', field } });
});
