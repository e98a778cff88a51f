// Copies for browsers: the right picture at the right time, whatever the rate; real footage where it is there; damage, an abort, a full disk.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder, squareLeft } from '../../test/support/media.ts';
import { browserCopy, decodeClip, encodeVideo, probe } from './index.ts';

const at = await scratchFolder();

test.each([
  ['a slow one: frames are shown again', 2, 10, 12, 60],
  ['a usual one: frame by frame', 25, 25, 30, 30],
  ['a fast one: every second frame', 60, 30, 40, 20],
])('%s (%i to %i frames a second)', async (_, fps, copyFps, frames, copied) => {
  const [from, to] = [at(`${fps}.mp4`), at(`${fps}-copy.mp4`)];
  await encodeVideo(from, movingSquare(frames), { fps });
  const shares: number[] = [];
  await browserCopy(from, to, { onProgress: (share) => shares.push(share) });
  expect(await probe(to)).toMatchObject({ codec: 'h264', width: 84, height: 84, frameCount: copied, fps: copyFps });
  const { frames: shown } = await decodeClip(to, { indices: Array.from({ length: copied }, (_, i) => i) });
  const source = await decodeClip(from, { indices: Array.from({ length: frames }, (_, i) => i) });
  for (const frame of shown) {
    // The picture is at most half a slot of the copy off.
    const near = source.frames.filter(
      ({ time }) => Math.abs(time - frame.time) <= Math.max(0.5 / copyFps, 1 / fps) + 1e-6,
    );
    expect(near.map((f) => squareLeft(f))).toContain(squareLeft(frame));
  }
  expect(shares).toHaveLength(frames);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThanOrEqual(1);
});

test('what is large or of odd size is made even, and no longer than asked for', async () => {
  await encodeVideo(at('wide.mp4'), movingSquare(3, 200, 62), { fps: 10 });
  await browserCopy(at('wide.mp4'), at('small.mp4'), { maxSide: 99 });
  expect(await probe(at('small.mp4'))).toMatchObject({ width: 100, height: 30 });
});

test('damage is named, and nothing is left of a copy that did not come about', async () => {
  await encodeVideo(at('whole.mp4'), movingSquare(20), { fps: 10 });
  const bytes = await readFile(at('whole.mp4'));
  writeFileSync(at('cut.mp4'), bytes.subarray(0, bytes.length / 2));
  writeFileSync(at('text.mp4'), 'no video');
  const folder = dirname(at('copies/x'));
  await mkdir(folder);
  for (const [name, code] of [
    ['cut.mp4', /^media-(truncated|decode)$/],
    ['text.mp4', /^media-not-video$/],
  ] as const)
    expect((await failureOf(browserCopy(at(name), join(folder, name)))).code).toMatch(code);
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error('seen enough'));
  await expect(
    browserCopy(at('whole.mp4'), join(folder, 'a.mp4'), { signal: stop.signal, onProgress }),
  ).rejects.toThrow('seen enough');
  await writeFile(at('file'), '');
  await expect(browserCopy(at('whole.mp4'), at('file/a.mp4'))).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});

const clips = join(import.meta.dirname, '../../../shared/data/clips');
const there = existsSync(clips);
test.skipIf(!there).each(['b-320x240-29.9fps-9.0s.avi', 'd-tree.avi'])(
  there ? 'real footage: %s keeps its length' : `real footage: ${clips} is not there (%s)`,
  async (name) => {
    const info = await probe(join(clips, name));
    await browserCopy(join(clips, name), at(`${name}.mp4`));
    const copy = await probe(at(`${name}.mp4`));
    expect(copy).toMatchObject({ codec: 'h264', width: info.width, height: info.height });
    expect(Math.abs(copy.durationSeconds - info.durationSeconds)).toBeLessThan(0.7);
  },
);
