// Frames of whole files, chosen and resized, against PyAV, qwen-vl-utils and torchvision (make/clips.py): real clips, one of them with a header that
// lies about its rate, and a small one with a variable rate.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeClip } from '../../src/media/decode.ts';
import { probe } from '../../src/media/open.ts';
import { resizeFrame, smartResize } from '../../src/media/resize.ts';
import { fixturePath, goldenJson, goldenTensors } from './golden.ts';

interface Row {
  name: string;
  key: string;
  budget: { nframes?: number; fps?: number; min_frames?: number; max_frames?: number };
  rate: number;
  header_rate: number;
  frames: number;
  indices: number[];
  times: number[];
  sampled_fps: number;
}

const golden = goldenJson<{ min_pixels: number; max_pixels: number; variable_times: number[]; clips: Row[] }>(
  'clips',
  'golden.json',
);
const tensors = await goldenTensors('clips', 'golden.safetensors');
const real = join(import.meta.dirname, '../../../shared/data/clips');
const fileOf = (name: string) => (name === 'variable.mp4' ? fixturePath('clips', name) : join(real, name));

describe('frames of files', () => {
  for (const row of golden.clips) {
    const file = fileOf(row.name);
    const here = existsSync(file);
    const label = here ? row.key : `${row.key} (skipped: shared/data/clips is not beside the repository)`;
    test.skipIf(!here)(label, async () => {
      const { nframes, fps, min_frames: minFrames, max_frames: maxFrames } = row.budget;
      const clip = await decodeClip(file, nframes === undefined ? { fps, minFrames, maxFrames } : { nframes }, {
        transform: (frame) => {
          const pixels = { minPixels: golden.min_pixels, maxPixels: golden.max_pixels };
          return resizeFrame(frame, ...smartResize(frame.height, frame.width, pixels), 'bicubic', 'torchvision');
        },
      });
      expect(clip.indices).toEqual(row.indices);
      expect(clip.sourceFrames).toBe(row.frames);
      expect(clip.sourceFps).toBeCloseTo(row.rate, 2);
      expect(clip.sampledFps).toBeCloseTo(row.sampled_fps, 3);
      const want = tensors.frames(row.key);
      clip.frames.forEach((frame, i) => {
        expect(frame.time).toBeCloseTo(row.times[i], 3);
        expect([frame.width, frame.height]).toEqual([want[i].width, want[i].height]);
        const apart = [...frame.data].map((value, at) => Math.abs(value - want[i].data[at]));
        const mean = apart.reduce((a, b) => a + b, 0) / apart.length;
        expect(mean, `frame ${i}`).toBeLessThan(1);
        expect(Math.max(...apart), `frame ${i}`).toBeLessThanOrEqual(3);
      });
    });
  }

  test('a variable rate: every frame has its own time, and the average rate counts', async () => {
    const file = fixturePath('clips', 'variable.mp4');
    const info = await probe(file);
    expect(info).toMatchObject({ frameCount: 18, width: 96, height: 64 });
    const indices = golden.variable_times.map((_, i) => i);
    const { frames } = await decodeClip(file, { indices });
    frames.forEach(({ time }, i) => {
      expect(time).toBeCloseTo(golden.variable_times[i], 6);
    });
  });
});
