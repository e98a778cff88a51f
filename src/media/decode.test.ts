// Decoding: requests, short clips, and every way a file can be broken.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/failure.ts';
import { movingSquare, scratchFolder, squareLeft } from '../../test/support/media.ts';
import { decodeClip } from './decode.ts';
import { encodeVideo } from './encode.ts';
import { encodePng } from './image.ts';
import { probe } from './open.ts';

const at = await scratchFolder();

beforeAll(async () => {
  await encodeVideo(at('square.mp4'), movingSquare(32), { fps: 8 });
});

/** Start of the box of this type in an mp4. */
const boxAt = (bytes: Buffer, type: string) => bytes.indexOf(type, 0, 'latin1') - 4;

describe('requests', () => {
  it('samples nframes uniformly and reports the sampled rate', async () => {
    const clip = await decodeClip(at('square.mp4'), { nframes: 8 });
    expect(clip.indices).toEqual([0, 4, 9, 13, 18, 22, 27, 31]);
    expect(clip.frames.map((frame) => squareLeft(frame))).toEqual([4, 8, 13, 17, 22, 26, 31, 35]);
    expect(clip).toMatchObject({
      sampledFps: 2,
      sourceFps: 8,
      sourceFrames: 32,
      durationSeconds: 4,
      countedBy: 'container',
    });
  });

  it('samples by rate', async () => {
    expect((await decodeClip(at('square.mp4'), { fps: 4 })).frames).toHaveLength(16);
    expect((await decodeClip(at('square.mp4'), {})).frames).toHaveLength(8);
  });

  it('gives exact indices in the order asked, repeats included', async () => {
    const clip = await decodeClip(at('square.mp4'), { indices: [20, 3, 3] });
    expect(clip.frames.map((frame) => squareLeft(frame))).toEqual([24, 7, 7]);
    expect(clip.frames.map((frame) => frame.time)).toEqual([2.5, 0.375, 0.375]);
    expect((await decodeClip(at('square.mp4'), { indices: [] })).frames).toEqual([]);
  });

  it('16 frames of a 5-frame clip repeat, without an error', async () => {
    await encodeVideo(at('short.mp4'), movingSquare(5), { fps: 8 });
    const clip = await decodeClip(at('short.mp4'), { nframes: 16 });
    expect(clip.indices).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4]);
    expect(clip.frames).toHaveLength(16);
  });

  it('transforms frames as they come', async () => {
    const clip = await decodeClip(
      at('square.mp4'),
      { indices: [1] },
      { transform: (frame) => ({ ...frame, time: 9 }) },
    );
    expect(clip.frames[0].time).toBe(9);
  });

  it('applies rotation metadata', async () => {
    await encodeVideo(at('wide.mp4'), movingSquare(2, 96, 64), { fps: 8 });
    const bytes = await readFile(at('wide.mp4'));
    const matrix = boxAt(bytes, 'tkhd') + 8 + 40;
    for (const [i, v] of [0, 65536, 0, -65536, 0].entries()) bytes.writeInt32BE(v, matrix + i * 4);
    await writeFile(at('turned.mp4'), bytes);
    expect(await probe(at('turned.mp4'))).toMatchObject({ width: 64, height: 96 });
    const [frame] = (await decodeClip(at('turned.mp4'), { indices: [0] })).frames;
    expect([frame.width, frame.height]).toEqual([64, 96]);
    // The square covered x 4..23, y 20..39 of 96 × 64; turned clockwise it covers x 24..43, y 4..23.
    expect(squareLeft(frame, 14)).toBe(24);
    expect(squareLeft(frame, 30)).toBe(-1);
  });
});

describe('broken files', () => {
  const codeOf = async (name: string) => (await failureOf(decodeClip(at(name), { nframes: 8 }))).code;

  it('missing, empty, text, picture: each its own code, the file and a fix', async () => {
    await writeFile(at('empty.mp4'), '');
    await writeFile(at('text.mp4'), 'this is not a video\n'.repeat(40));
    await writeFile(at('noise.mp4'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 5)) % 256)));
    await writeFile(at('picture.mp4'), await encodePng(movingSquare(1)[0]));
    await mkdir(at('folder.mp4'));
    expect(await codeOf('absent.mp4')).toBe('media-missing');
    expect(await codeOf('folder.mp4')).toBe('media-missing');
    expect(await codeOf('empty.mp4')).toBe('media-empty');
    expect(await codeOf('text.mp4')).toBe('media-not-video');
    expect(await codeOf('noise.mp4')).toBe('media-not-video');
    expect(await codeOf('picture.mp4')).toBe('media-not-video');
    const error = await failureOf(probe(at('empty.mp4')));
    expect(error.facts.file).toBe(at('empty.mp4'));
    expect(error.describe()).toContain('fix:');
  });

  it('a cut file says how many of how many frames, or that its index is missing', async () => {
    const bytes = await readFile(at('square.mp4'));
    const data = boxAt(bytes, 'mdat') + 8;
    await writeFile(at('cut.mp4'), bytes.subarray(0, data + Math.floor((bytes.length - data) * 0.6)));
    const error = await failureOf(decodeClip(at('cut.mp4'), { nframes: 8 }));
    expect(error.code).toBe('media-truncated');
    expect(Number(error.facts.decoded)).toBeGreaterThan(0);
    expect(Number(error.facts.decoded)).toBeLessThan(32);
    expect(error.message).toContain(`${error.facts.decoded} of 32 frames`);
    expect((await decodeClip(at('cut.mp4'), { indices: [0, 1] })).frames).toHaveLength(2);
    await writeFile(at('head.mp4'), bytes.subarray(0, 200));
    expect(await codeOf('head.mp4')).toBe('media-truncated');
  });

  it('damaged data in a whole file: frames are chosen again from those that exist, and the notes say so', async () => {
    const bytes = await readFile(at('square.mp4'));
    bytes.fill(0, bytes.length - 100);
    await writeFile(at('damaged.mp4'), bytes);
    const clip = await decodeClip(at('damaged.mp4'), { nframes: 8 });
    expect(clip.countedBy).toBe('decoding');
    expect(clip.sourceFrames).toBeLessThan(32);
    expect(clip.indices.at(-1)).toBe(clip.sourceFrames - 1);
    expect(clip.notes.join()).toMatch(/32 frames expected, \d+ decoded/);
    bytes.fill(0, bytes.length - 600);
    await writeFile(at('ruined.mp4'), bytes);
    const error = await failureOf(decodeClip(at('ruined.mp4'), { nframes: 8 }));
    expect(error.code).toBe('media-decode');
    expect(error.message).toMatch(/ \d+ of 32 frames can be decoded/);
  });

  it('a picture track without a frame is an error, not a clip of none', async () => {
    const bytes = await readFile(at('square.mp4'));
    bytes.write('free', boxAt(bytes, 'stts') + 4, 'latin1'); // the table of sample times becomes padding
    await writeFile(at('no-samples.mp4'), bytes);
    const error = await failureOf(decodeClip(at('no-samples.mp4'), { nframes: 8 }));
    expect(error.code).toBe('media-decode');
    expect(error.message).toContain('no frame can be read');
    expect((await failureOf(probe(at('no-samples.mp4')))).code).toBe('media-decode');
  });

  it('an index past the end is an error with the count', async () => {
    const error = await failureOf(decodeClip(at('square.mp4'), { indices: [0, 32] }));
    expect(error.code).toBe('media-index-range');
    expect(error.message).toContain('the video has 32');
    expect((await failureOf(decodeClip(at('square.mp4'), { indices: [1.5] }))).code).toBe('media-index-range');
  });

  it('time runs out as an error', async () => {
    expect((await failureOf(decodeClip(at('square.mp4'), { nframes: 8 }, { timeoutMs: 0 }))).code).toBe(
      'media-timeout',
    );
  });

  it('a file with sound only has no video stream', async () => {
    await writeSound(at('sound.mp4'));
    expect(await codeOf('sound.mp4')).toBe('media-no-video-stream');
  });
});

/** A quarter of a second of silence as AAC in mp4. */
async function writeSound(path: string): Promise<void> {
  const { Encoder, Muxer } = await import('node-av/api');
  const { Frame, Rational } = await import('node-av/lib');
  const constants = await import('node-av/constants');
  const encoder = await Encoder.create(constants.FF_ENCODER_AAC, { bitrate: 32_000 });
  const muxer = await Muxer.open(path);
  const stream = muxer.addStream(encoder);
  const channelLayout = constants.AV_CHANNEL_LAYOUT_MONO;
  for (let i = 0; i < 4; i++) {
    const frame = Frame.fromAudioBuffer(Buffer.alloc(1024 * 4), {
      nbSamples: 1024,
      format: constants.AV_SAMPLE_FMT_FLTP,
      sampleRate: 16_000,
      channelLayout,
      pts: BigInt(i * 1024),
      timeBase: new Rational(1, 16_000),
    });
    for (const packet of await encoder.encodeAll(frame)) await muxer.writePacket(packet, stream);
    frame.free();
  }
  for await (const packet of encoder.flushPackets()) await muxer.writePacket(packet, stream);
  await muxer.close();
  encoder.close();
}
