// Picture files of every kind against Pillow as qwen-vl-utils uses it (make/pictures.py), and shapes that are refused.
import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { encodeVideo } from '../../src/media/encode.ts';
import { decodeImage, encodePng } from '../../src/media/image.ts';
import { loadClip } from '../../src/media/load.ts';
import { micro, paperTrain } from '../../src/media/profile.ts';
import { failureOf } from '../support/failure.ts';
import { scratchFolder } from '../support/media.ts';
import { fixturePath, goldenJson, goldenTensors, pictureFrame } from './golden.ts';

const { pictures } = goldenJson<{ pictures: { name: string; mode: string }[] }>('pictures', 'golden.json');
const tensors = await goldenTensors('pictures', 'golden.safetensors');

/** Where ours is not Pillow's, and why. */
const OURS: Readonly<Record<string, string>> = {
  'grey-alpha.png': 'to_rgb lays only RGBA on white, and shows what is under the transparency of grey pictures',
  'palette-clear.png': 'the same, of palettes',
  'deep-grey.png': 'Pillow cuts 16 bits off at 255',
};

describe('picture files', () => {
  test.each(pictures.filter(({ name }) => !OURS[name]))('$name ($mode)', async ({ name, mode }) => {
    const [want] = tensors.frames(name);
    const got = await decodeImage(fixturePath('pictures', name));
    expect([got.width, got.height]).toEqual([want.width, want.height]);
    const apart = [...got.data].map((value, i) => Math.abs(value - want.data[i]));
    // Blending with white rounds differently; all others are equal.
    expect(Math.max(...apart)).toBeLessThanOrEqual(mode === 'RGBA' ? 1 : 0);
    expect(apart.reduce((a, b) => a + b, 0) / apart.length).toBeLessThan(0.5);
  });

  test.each(Object.entries(OURS))('%s: %s', async (name) => {
    const [theirs] = tensors.frames(name);
    const { data } = await decodeImage(fixturePath('pictures', name));
    expect(data).not.toEqual(theirs.data);
    if (name === 'deep-grey.png') {
      // value i is 140 · i of 65,535
      expect(data.every((value, i) => Math.abs(value - (140 * Math.floor(i / 3)) / 257) <= 1)).toBe(true);
      return;
    }
    // Nothing is darker than under Pillow: white shines through.
    expect(data.every((value, i) => value >= theirs.data[i])).toBe(true);
  });
});

describe('shapes', async () => {
  const at = await scratchFolder();

  test('a picture of 200 : 1 is taken, of 201 : 1 refused by name and limit', async () => {
    await writeFile(at('long.png'), await encodePng(pictureFrame(1, 200, 1)));
    const [frame] = (await loadClip(at('long.png'), micro)).frames;
    expect([frame.height % 28, frame.width % 28]).toEqual([0, 0]);
    await writeFile(at('longer.png'), await encodePng(pictureFrame(2, 402, 1)));
    const error = await failureOf(loadClip(at('longer.png'), micro));
    expect(error).toMatchObject({
      code: 'media-aspect-ratio',
      facts: { file: at('longer.png'), width: 402, height: 2, limit: 200 },
    });
    expect(error.message).toContain('200 times');
    expect(error.describe()).toContain('fix:');
  });

  test('a video too', async () => {
    await encodeVideo(at('tall.mp4'), [pictureFrame(3216, 16, 1), pictureFrame(3216, 16, 2)], { fps: 2 });
    expect(await failureOf(loadClip(at('tall.mp4'), paperTrain))).toMatchObject({
      code: 'media-aspect-ratio',
      facts: { file: at('tall.mp4'), width: 16, height: 3216 },
    });
  });
});
