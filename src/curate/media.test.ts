// The media reader on real files: frames as JPEG with times; files that are no videos are refused with a media code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeImage, encodePng, encodeVideo } from '../media/index.ts';
import { framesSchema } from './config.ts';
import { createMediaReader, shrink } from './media.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videorft-reader-'));
});
afterAll(() => rm(folder, { recursive: true }));

const grey = (width: number, height: number, value: number) => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
  time: 0,
});
const reader = createMediaReader();

test('a video gives JPEGs at the rate asked for, in order, with their times; long sides are shrunk', async () => {
  const file = join(folder, 'a.mp4');
  await encodeVideo(
    file,
    Array.from({ length: 32 }, (_, i) => grey(84, 84, 8 * i)),
    { fps: 8 },
  );
  const { images, durationSeconds } = await reader.read(
    file,
    'video',
    framesSchema.parse({ describeFps: 2, maxSide: 42 }),
  );
  expect(durationSeconds).toBeCloseTo(4, 1);
  expect(images).toHaveLength(8);
  const times = images.map(({ timeSeconds }) => timeSeconds ?? -1);
  expect(times[0]).toBe(0);
  expect(times[7]).toBeCloseTo(31 / 8, 2);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const frames = await Promise.all(images.map(({ jpeg }) => decodeImage(jpeg)));
  expect(frames.every(({ width, height }) => width === 42 && height === 42)).toBe(true);
  const brightness = frames.map(({ data }) => data[0]);
  expect(brightness).toEqual([...brightness].sort((a, b) => a - b));
  const few = await reader.read(file, 'video', framesSchema.parse({ describeFps: 8, maxFrames: 6 }));
  expect(few.images).toHaveLength(6);
});

test('an image gives one JPEG without a time', async () => {
  const file = join(folder, 'a.png');
  await writeFile(file, await encodePng(grey(40, 20, 100)));
  const { images, durationSeconds } = await reader.read(file, 'image', framesSchema.parse({}));
  expect(images).toEqual([{ jpeg: expect.any(Uint8Array), width: 40, height: 20 }]);
  expect(durationSeconds).toBe(0);
});

test('shrinking keeps the shape and never enlarges', () => {
  expect(shrink(grey(100, 50, 1), 200)).toMatchObject({ width: 100, height: 50 });
  expect(shrink(grey(100, 50, 1), 20)).toMatchObject({ width: 20, height: 10 });
  expect(shrink(grey(1000, 2, 1), 20)).toMatchObject({ width: 20, height: 1 });
});

test.each([
  ['nothing.mp4', '', 'media-empty'],
  ['text.mp4', 'this is not a video\n'.repeat(50), 'media-not-video'],
])('%s is refused with its reason', async (name, content, code) => {
  const file = join(folder, name);
  await writeFile(file, content);
  await expect(reader.read(file, 'video', framesSchema.parse({}))).rejects.toMatchObject({ code });
});
