// 44 small clips of ten codecs, from file to resized frame, against qwen-vl-utils with each of its three decoders (make/peer_clips.py): indices, rate, size,
// and 256 seeded pixels of every frame. Where its decoders differ from one another the test says which of them ours follows.
import { describe, expect, test } from 'vitest';
import { type DecodedClip, decodeClip, decodeImage, type Frame } from '../../src/media/index.ts';
import { resizeFrame, videoFrameSize } from '../../src/media/resize.ts';
import { fixturePath, goldenJson, goldenTensors } from './golden.ts';

interface Facts {
  refused?: string;
  indices: number[];
  frames: number;
  sampled: number;
  size: [number, number];
}

interface Row {
  name: string;
  seed: number;
  budget: { nframes?: number; fps?: number; min_frames?: number; max_frames?: number };
  peers: Record<Decoder, Facts>;
  /** Which of the sampled frames are kept whole. */
  whole?: number[];
}

type Decoder = 'torchcodec' | 'decord' | 'torchvision';
const decoders: readonly Decoder[] = ['torchcodec', 'decord', 'torchvision'];

const { least, most, clips } = goldenJson<{ least: number; most: number; clips: Row[] }>('peer-frames', 'clips.json');
const tensors = await goldenTensors('peer-frames', 'clips.safetensors');

/** Steps of 255 between two decoders' pixels after resizing. Seen: 1, by rounding. */
const BOUND: Readonly<Record<string, number>> = {
  ...{ h264: 3, hevc: 3, vp9: 3, av1: 3, mpeg4: 3, mpeg2video: 3, mjpeg: 3, prores: 3, ffv1: 3, wmv2: 3 },
};

type Way = 'refuses' | 'turns not' | 'wrong frames' | 'other rate' | 'other chroma';

/** What a decoder of the peer does otherwise; the others of the same clip agree with ours. */
const others: Readonly<Record<string, Partial<Record<Decoder, Way>>>> = {
  'h264-turned-90.mp4': { torchcodec: 'turns not', torchvision: 'turns not' },
  'h264-turned-180.mp4': { torchcodec: 'turns not', torchvision: 'turns not' },
  'h264-turned-270.mp4': { torchcodec: 'turns not', torchvision: 'turns not' },
  'vp9-turned.mp4': { torchcodec: 'turns not', torchvision: 'turns not' },
  'h264-plain.m2t': { torchcodec: 'refuses', decord: 'refuses' },
  'mpeg2-plain.m2t': { torchcodec: 'wrong frames', decord: 'wrong frames' },
  'mpeg4-b-frames.mp4': { decord: 'wrong frames' },
  'av1-plain.mp4': { decord: 'refuses' },
  'h264-pauses.mkv': { decord: 'other rate', torchvision: 'other rate' },
  'h264-ten-bits.mp4': { decord: 'other chroma', torchvision: 'other chroma' },
  'hevc-ten-bits.mkv': { decord: 'other chroma', torchvision: 'other chroma' },
  'h264-interlaced.mp4': { torchvision: 'other chroma' },
};
/** Chroma of ten bits as sited, or of each field by itself: seen at edges of colour alone, so in the mean. */
const OTHER_CHROMA_MEAN = 4;

/** `places` in make/peer_clips.py. */
function samplePlaces(height: number, width: number, seed: number): number[] {
  let state = seed + 1;
  return Array.from({ length: 256 }, () => {
    state = (state * 48271) % 2147483647;
    return state % (height * width);
  });
}

/** Largest and mean distance of the samples of frame `k`. */
function distance({ height, width, data }: Frame, row: Row, k: number, decoder: Decoder) {
  const want = tensors.numbers(`${row.name}.${decoder}`);
  const apart = samplePlaces(height, width, row.seed + k).flatMap((place, i) =>
    [0, 1, 2].map((c) => Math.abs(data[place * 3 + c] - want[(k * 256 + i) * 3 + c])),
  );
  return { most: Math.max(...apart), mean: apart.reduce((a, b) => a + b, 0) / apart.length };
}

const resized = (frame: Frame, [height, width]: readonly [number, number]) =>
  resizeFrame(frame, height, width, 'bicubic', 'torchvision');

/** Our road from the file: indices, rate, and frames at the size that our own rule gives. */
async function ours({ name, budget }: Row): Promise<{ clip: DecodedClip; frames: Frame[]; size: [number, number] }> {
  const { nframes, fps, min_frames: minFrames, max_frames: maxFrames } = budget;
  const request = nframes === undefined ? { fps, minFrames, maxFrames } : { nframes };
  const clip = await decodeClip(fixturePath('peer-frames', 'clips', name), request);
  const { height, width } = clip.frames[0];
  const pixels = { minPixels: least * 784, maxPixels: most * 784 };
  const size = videoFrameSize(height, width, clip.frames.length, pixels);
  return { clip, frames: clip.frames.map((frame) => resized(frame, size)), size };
}

describe('clips against qwen-vl-utils', () => {
  test('there are at least 40 clips, each agreeing with one of its decoders at least', () => {
    expect(clips.length).toBeGreaterThanOrEqual(40);
    expect(Object.keys(others).every((name) => clips.some((row) => row.name === name))).toBe(true);
    for (const row of clips) expect(Object.keys(others[row.name] ?? {}).length, row.name).toBeLessThan(3);
  });

  for (const row of clips)
    test(row.name, async () => {
      const { clip, frames, size } = await ours(row);
      for (const decoder of decoders) {
        const [peer, other] = [row.peers[decoder], others[row.name]?.[decoder]];
        expect(peer.refused !== undefined, decoder).toBe(other === 'refuses');
        if (peer.refused !== undefined) continue;
        expect([clip.indices, clip.sourceFrames], decoder).toEqual([peer.indices, peer.frames]);
        expect(Math.abs(clip.sampledFps / peer.sampled - 1) < 1e-6, `${decoder} rate`).toBe(other !== 'other rate');
        if (other === 'turns not') continue;
        expect(size, decoder).toEqual(peer.size);
        const apart = frames.map((frame, k) => distance(frame, row, k, decoder));
        const largest = Math.max(...apart.map(({ most }) => most));
        if (other === 'wrong frames') expect(largest, decoder).toBeGreaterThan(100);
        else if (other === 'other chroma')
          expect(Math.max(...apart.map(({ mean }) => mean)), decoder).toBeLessThan(OTHER_CHROMA_MEAN);
        else expect(largest, decoder).toBeLessThanOrEqual(BOUND[clip.codec]);
      }
    });

  test("from the peer's own RGB frames, resized pixels are within 3 of 255", async () => {
    let seen = 0;
    for (const row of clips)
      for (const k of row.whole ?? []) {
        const webp = Uint8Array.from(tensors.numbers(`${row.name}.rgb.${k}`));
        const frame = resized(await decodeImage(webp), row.peers.torchcodec.size);
        expect(distance(frame, row, k, 'torchcodec').most, `${row.name} ${k}`).toBeLessThanOrEqual(3);
        seen++;
      }
    expect(seen).toBeGreaterThanOrEqual(80);
  });
});
