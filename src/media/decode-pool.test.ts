// Decoding in threads against decoding here: the same clips, the same errors; and threads that die.
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder } from '../../test/support/media.ts';
import { DecodePool } from './decode-pool.ts';
import { encodeJpeg, encodeVideo, loadAny, loadClip, micro } from './index.ts';

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

test('a picture that needs no resizing, and a folder of such: memory of the image library crosses threads too', async () => {
  await mkdir(at('folder'));
  const jpeg = await encodeJpeg({ width: 84, height: 84, data: new Uint8Array(84 * 84 * 3).fill(99) }, 90);
  for (const name of ['picture.jpg', 'folder/1.jpg', 'folder/2.jpg']) await writeFile(at(name), jpeg);
  expect(await pool.decode(task('picture.jpg'))).toEqual(await loadClip(at('picture.jpg'), micro));
  const folder = { ...task('folder'), options: { frameFps: 2 } };
  expect(await pool.decode(folder)).toEqual(await loadAny(at('folder'), micro, folder.options));
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
