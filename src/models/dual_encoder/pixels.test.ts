// What a folder's preprocessor_config.json may say: followed where it is built, refused by name where it is not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SIGLIP_PIXELS } from '../siglip/processor.ts';
import { pixelPlanes, readPixelSettings } from './pixels.ts';

const dir = await mkdtemp(join(tmpdir(), 'pixels-'));
afterAll(() => rm(dir, { recursive: true }));
const read = async (text: string) => {
  await writeFile(join(dir, 'preprocessor_config.json'), text);
  return readPixelSettings(dir, SIGLIP_PIXELS);
};

test('the usual settings where there is no file, and where it says nothing else', async () => {
  expect(await readPixelSettings(join(dir, 'absent'), SIGLIP_PIXELS)).toEqual(SIGLIP_PIXELS);
  expect(await read('{"size": {"height": 384, "width": 384}, "resample": 3}')).toEqual(SIGLIP_PIXELS);
});

test('another mean, deviation and kernel are followed', async () => {
  const json = { image_mean: [0.1, 0.2, 0.3], image_std: [1, 1, 2], resample: 2 };
  const settings = await read(JSON.stringify(json));
  expect(settings).toEqual({ mean: json.image_mean, std: json.image_std, resample: 'bilinear' });
  const planes = pixelPlanes([{ width: 1, height: 1, time: 0, data: Uint8Array.of(0, 255, 51) }], 1, settings);
  expect([...planes].map((x) => Number(x.toFixed(6)))).toEqual([-0.1, 0.8, -0.05]);
});

test.each([
  ['{"resample": 0}', 'resample'],
  ['{"do_normalize": false}', 'do_normalize'],
  ['{"image_mean": [0.5]}', 'image_mean'],
  ['nothing', ''],
])('%s is refused', async (text, field) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'model-preprocessor', facts: { field } });
});
