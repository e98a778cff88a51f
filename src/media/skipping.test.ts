// Decoding few frames without the pictures that nothing needs gives what decoding everything gives, bit for bit, and does leave pictures out.
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromSource, told } from '../../test/support/media.ts';
import { createRng } from '../base/rng.ts';
import { runDecodePass, runSkippingPass } from './decoder.ts';
import { encodeVideo, type RgbPicture } from './encode.ts';
import { isUnreferenced, unitLengthBytes } from './h264.ts';
import { decodeClip } from './index.ts';
import { eachPlacedPacket } from './placed.ts';

const FRAMES = 90;
const path = join(tmpdir(), `videorft-skipping-${process.pid}.mp4`);

const [width, height] = [400, 240];
const texture = Uint8Array.from(
  { length: (width + FRAMES) * height },
  (_, i) => 120 + 60 * Math.sin((i % (width + FRAMES)) / 11) + ((i * 7919) % 31),
);

/** A textured ground that moves, with grain: enough bytes not to count as small. */
function picture(t: number): RgbPicture {
  const [data, rng] = [new Uint8Array(width * height * 3), createRng(t)];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 3) data.fill(texture[y * (width + FRAMES) + x + t], i, i + 3);
  for (let grain = 0; grain < 8000; grain++) data[rng.int(data.length)] ^= 63;
  return { width, height, data };
}

beforeAll(() =>
  encodeVideo(
    path,
    Array.from({ length: FRAMES }, (_, t) => picture(t)),
    { fps: 30 },
  ),
);
afterAll(() => rm(path, { force: true }));

test('the clip is large enough for a pass that leaves pictures out', async () => {
  expect((await stat(path)).size).toBeGreaterThan(2 ** 19);
});

test.each([1, 3])('decoder threads: %i:, frames and times are those of a whole pass', async (threads) => {
  const indices = [0, 1, 17, 18, 43, 60, 89];
  const whole = await fromSource(path, (source, watch) => runDecodePass(source, indices, watch, { threads: 1 }));
  const few = await fromSource(path, (source, watch) => runSkippingPass(source, indices, watch, { threads }));
  expect([...few!.frames.keys()]).toEqual(indices);
  for (const index of indices)
    expect(told(few!.frames.get(index)), `frame ${index}`).toEqual(told(whole.frames.get(index)));
  const clip = await decodeClip(path, { indices }, { threads });
  expect(clip.frames.map(told)).toEqual(indices.map((index) => told(whole.frames.get(index))));
});

test('every frame alone is right', async () => {
  const all = Array.from({ length: FRAMES }, (_, i) => i);
  const whole = await fromSource(path, (source, watch) => runDecodePass(source, all, watch));
  for (let index = 0; index < FRAMES; index += 7) {
    const one = await fromSource(path, (source, watch) => runSkippingPass(source, [index], watch, {}));
    expect(told(one!.frames.get(index)), `frame ${index}`).toEqual(told(whole.frames.get(index)));
  }
});

test('x264 predicts nothing from a third of these pictures or more', async () => {
  const places: number[] = [];
  let unreferenced = 0;
  await fromSource(path, async (source, watch) => {
    const bytes = unitLengthBytes(source.stream.codecpar.extradata);
    expect(bytes).toBe(4);
    await eachPlacedPacket(source, watch, (packet, place) => {
      places.push(place);
      if (isUnreferenced(packet.data!, bytes!)) unreferenced++;
      return true;
    });
  });
  expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
  expect(places).not.toEqual(places.toSorted((a, b) => a - b));
  expect(unreferenced).toBeGreaterThan(FRAMES / 3);
  expect(unreferenced).toBeLessThan(FRAMES);
});

describe('a damaged picture', () => {
  const indices = [0, 43, 80];
  const damaged = `${path}.damaged.mp4`;
  afterAll(() => rm(damaged, { force: true }));

  /** The clip without what the only slice of one picture holds: of the first that is unreferenced, or is not, behind the keyframe. */
  async function damage(unreferenced: boolean): Promise<void> {
    const bytes = await readFile(path);
    let [at, end] = [-1, -1];
    await fromSource(path, (source, watch) =>
      eachPlacedPacket(source, watch, (packet, place) => {
        if (at >= 0 || packet.isKeyframe || indices.includes(place)) return true;
        if (isUnreferenced(packet.data!, 4) === unreferenced)
          [at, end] = [Number(packet.pos), Number(packet.pos) + packet.size];
        return true;
      }),
    );
    await writeFile(damaged, bytes.fill(0, at + 5, end));
  }
  const clipOf = (file: string) => decodeClip(file, { indices });

  test('that nothing needs changes nothing, since it is left out', async () => {
    await damage(true);
    const [clip, sound] = [await clipOf(damaged), await clipOf(path)];
    expect([clip.notes, clip.frames.map(told)]).toEqual([[], sound.frames.map(told)]);
    const whole = await fromSource(damaged, (source, watch) => runDecodePass(source, indices, watch));
    expect(whole.damaged).toBeGreaterThan(0);
  });

  test('that others need makes it decode everything, and say so', async () => {
    await damage(false);
    const { notes, frames } = await clipOf(damaged);
    expect(notes).toEqual([expect.stringMatching(/packets or pictures are damaged/)]);
    const whole = await fromSource(damaged, (source, watch) => runDecodePass(source, indices, watch));
    expect(frames.map(told)).toEqual(indices.map((index) => told(whole.frames.get(index))));
  });
});

test('an index behind the end gives no pass', async () => {
  expect(await fromSource(path, (source, watch) => runSkippingPass(source, [3, FRAMES], watch, {}))).toBeUndefined();
});

test('only slices that nothing refers to, and what stands for itself, can be left out', () => {
  const unit = (header: number) => [0, 0, 0, 2, header, 0x80];
  const of = (...headers: number[]) => isUnreferenced(Uint8Array.from(headers.flatMap(unit)), 4);
  expect(of(0x01)).toBe(true);
  expect(of(0x09, 0x06, 0x01, 0x01)).toBe(true);
  expect(of(0x21), 'a reference').toBe(false);
  expect(of(0x01, 0x41), 'two fields, one a reference').toBe(false);
  expect(of(0x65), 'a keyframe').toBe(false);
  expect(of(0x68, 0x01), 'with a parameter set').toBe(false);
  expect(of(0x06), 'without a slice').toBe(false);
  expect(isUnreferenced(Uint8Array.from([...unit(0x01), 0, 0]), 4), 'bytes behind the last').toBe(false);
  expect(isUnreferenced(Uint8Array.from([0, 0, 0, 9, 0x01, 0x80]), 4), 'cut off').toBe(false);
  expect(unitLengthBytes(Uint8Array.from([0, 0, 0, 1, 0x67, 0, 0]))).toBeUndefined();
});
