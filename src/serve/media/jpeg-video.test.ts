// A video as its JPEG frames (data:video/jpeg): what the model is shown are these frames, at the rate that the request tells; what is wrong with them is a
// 400 that names their place.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { failureOf } from '../../../test/support/failure.ts';
import { decodeImage, encodeJpeg, micro } from '../../media/index.ts';
import { serveSchema } from '../options.ts';
import type { MediaView } from '../protocol/request.ts';
import { Clips } from './clips.ts';

const scratch = mkdtempSync(join(tmpdir(), 'videorft-jpegs-'));
const clips = new Clips({ options: serveSchema.parse({ maxFrames: 8 }), profile: micro, scratch });
afterAll(async () => {
  await clips.close();
  rmSync(scratch, { recursive: true, force: true });
});

const jpeg = (shade: number) => {
  const data = Uint8Array.from({ length: 84 * 84 * 3 }, (_, i) => (i % 3 === 0 ? shade : i % 251));
  return encodeJpeg({ width: 84, height: 84, data }, 90);
};
const url = (jpegs: readonly (Uint8Array | string)[]) =>
  `data:video/jpeg;base64,${jpegs.map((bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('base64'))).join(',')}`;
const asItIs = { frames: undefined, fps: undefined, ofFrames: undefined, minPixels: undefined, maxPixels: undefined };
const load = async (address: string, view: Partial<MediaView> = {}) => {
  const medium = { kind: 'video', url: address, param: 'messages.0.content.0' } as const;
  const [loaded] = await clips.load(
    [medium],
    { ...asItIs, ...view },
    async () => undefined,
    new AbortController().signal,
  );
  return loaded;
};

test('each frame is shown, once, in order, at the rate told; nothing is left on the disk', async () => {
  const jpegs = await Promise.all([10, 90, 170, 250].map(jpeg));
  const { clip, identity } = await load(url(jpegs), { frames: 4, fps: 0.5 });
  const truth = await Promise.all(jpegs.map((bytes) => decodeImage(bytes)));
  expect(clip.frames.map(({ data }) => Buffer.from(data))).toEqual(truth.map(({ data }) => Buffer.from(data)));
  expect([clip.sampledFps, clip.frames.map(({ time }) => time)]).toEqual([0.5, [0, 2, 4, 6]]);
  expect(readdirSync(scratch)).toEqual([]);
  const faster = await load(url(jpegs), { frames: 4, fps: 1 });
  expect([faster.clip.sampledFps, faster.identity === identity]).toEqual([1, false]);
  // As Qwen's processor has it where nothing is told; an odd number is filled up, fewer than there are may be asked for.
  expect((await load(url(jpegs))).clip.sampledFps).toBe(2);
  expect((await load(url(jpegs.slice(1)))).clip.frames).toHaveLength(4);
  expect((await load(url(jpegs), { frames: 2 })).clip.indices).toEqual([0, 3]);
  expect((await load(url(jpegs.slice(0, 1)))).clip.frames).toHaveLength(2);
});

test('what is wrong with them', async () => {
  const good = await jpeg(1);
  const failures = [
    load(url([good, ''])),
    load(url([good, '****'])),
    load(url([good, Buffer.from('no picture')])),
    load(url(Array(9).fill(good))),
    load(url([good]), { maxPixels: 2 * 84 * 84 }),
  ];
  const found = await Promise.all(failures.map(failureOf));
  expect(found.map(({ code }) => code)).toEqual([
    'media-empty',
    'media-url',
    'media-not-image',
    'too-many-frames',
    'too-many-pixels',
  ]);
  for (const { message } of found.slice(0, 4)) expect(message).toContain('the video in messages.0.content.0');
  for (const { message } of found) expect(message).not.toContain(scratch);
  expect(readdirSync(scratch)).toEqual([]);
});
