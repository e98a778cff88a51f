// Pictures in and out: lossless PNG, close JPEG, white under transparency, useful errors.
import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder } from '../../test/support/media.ts';
import { decodeImage, encodeJpeg, encodePng, frameDataUrl } from './image.ts';

const at = await scratchFolder();
const [picture] = movingSquare(1);

describe('pictures', () => {
  it('PNG is lossless, from bytes and from a file of any name', async () => {
    const png = await encodePng(picture);
    await writeFile(at('picture.bin'), png);
    for (const input of [png, at('picture.bin')]) {
      const back = await decodeImage(input);
      expect([back.width, back.height, back.time]).toEqual([84, 84, 0]);
      expect(Buffer.compare(back.data, picture.data)).toBe(0);
    }
  });

  it('JPEG is close, and data URLs carry the bytes', async () => {
    const back = await decodeImage(await encodeJpeg(picture));
    const mean = back.data.reduce((sum, v, i) => sum + Math.abs(v - picture.data[i]), 0) / back.data.length;
    expect(mean).toBeLessThan(2);
    const url = await frameDataUrl(picture, 'png');
    expect(url.startsWith('data:image/png;base64,')).toBe(true);
    expect(Buffer.compare(Buffer.from(url.split(',')[1], 'base64'), await encodePng(picture))).toBe(0);
  });

  it('lays transparency on white and widens grey to RGB', async () => {
    const create = { width: 4, height: 2, channels: 4 as const, background: { r: 255, g: 0, b: 0, alpha: 0 } };
    const clear = await decodeImage(await sharp({ create }).png().toBuffer());
    expect(new Set(clear.data)).toEqual(new Set([255]));
    const grey = await sharp(Buffer.from([0, 100, 200, 255]), { raw: { width: 2, height: 2, channels: 1 } })
      .png()
      .toBuffer();
    expect([...(await decodeImage(grey)).data]).toEqual([0, 0, 0, 100, 100, 100, 200, 200, 200, 255, 255, 255]);
  });

  it('errors name the file and the kind of failure', async () => {
    const jpeg = await encodeJpeg(picture);
    await writeFile(at('cut.jpg'), jpeg.subarray(0, jpeg.length / 2));
    await writeFile(at('text.png'), 'not a picture');
    await writeFile(at('empty.png'), '');
    const codes = await Promise.all(
      ['cut.jpg', 'text.png', 'empty.png', 'absent.png'].map(
        async (name) => (await failureOf(decodeImage(at(name)))).code,
      ),
    );
    expect(codes).toEqual(['media-decode', 'media-not-image', 'media-empty', 'media-missing']);
    expect((await failureOf(decodeImage(new Uint8Array([1, 2, 3])))).code).toBe('media-not-image');
    expect((await failureOf(encodePng({ ...picture, width: 85 }))).code).toBe('media-encode');
    expect((await readFile(at('cut.jpg'))).length).toBeGreaterThan(0);
  });
});
