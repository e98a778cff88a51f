// Decoding in threads against decoding here: the same clips, the same errors; and threads that die.
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder } from '../../test/support/media.ts';
import { DecodePool } from './decode-pool.ts';
import { encodePng, encodeVideo, loadClip, micro } from './index.ts';

const at = await scratchFolder();
const pool = new DecodePool(2);
afterAll(() => pool.close());
const task = (name: string) => ({ path: at(name), profile: micro, options: {} });

test('clips are those that are decoded here, several at a time', async () => {
  for (const n of [12, 16, 20]) await encodeVideo(at(`${n}.mp4`), movingSquare(n), { fps: 8 });
  const names = [12, 16, 20, 12, 20].map((n) => `${n}.mp4`);
  const clips = await Promise.all(names.map((name) => pool.decode(task(name))));
  for (const [i, name] of names.entries()) expect(clips[i]).toEqual(await loadClip(at(name), micro));
});

test('pictures that are as large as they are shown, alone and as the frames of a folder: memory of the decoder, which stays', async () => {
  const frame = { width: 84, height: 84, data: Uint8Array.from({ length: 84 * 84 * 3 }, (_, i) => i) };
  await mkdir(at('frames'));
  for (let i = 0; i < 8; i++) await writeFile(at(`frames/${i}.png`), await encodePng(frame));
  const clip = await pool.decode({ path: at('frames'), profile: micro, options: { frameFps: 4 } });
  expect([clip.frames.length, clip.sampledFps]).toEqual([8, 4]);
  expect((await pool.decode(task('frames/0.png'))).frames[0].data).toEqual(frame.data);
  for (const { data } of clip.frames) expect(data).toEqual(frame.data);
});

test('errors keep their code, facts and fix', async () => {
  await writeFile(at('text.mp4'), 'no video');
  const [there, here] = [
    await failureOf(pool.decode(task('text.mp4'))),
    await failureOf(loadClip(at('text.mp4'), micro)),
  ];
  expect([there.message, there.code, there.facts, there.fix]).toEqual([here.message, here.code, here.facts, here.fix]);
});

test('a thread that ends takes its file with it; the next file is decoded', async () => {
  const own = new DecodePool(1);
  await own.decode(task('12.mp4'));
  const lost = failureOf(own.decode(task('16.mp4')));
  await own.close();
  expect((await lost).code).toBe('media-worker');
  expect((await own.decode(task('12.mp4'))).frames).toHaveLength(8);
  await own.close();
});
