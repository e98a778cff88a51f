// Sizes, counts and orders that are awkward, against transformers and qwen-vl-utils: golden values made by make/awkward.py.
import { describe, expect, test } from 'vitest';
import { VideorftError } from '../../src/base/errors.ts';
import { resizeFrame, smartResize } from '../../src/media/resize.ts';
import { type FrameBudget, smartNframes } from '../../src/media/sampling.ts';
import { IMAGE_MEAN, IMAGE_STD } from '../../src/models/clip-pixels.ts';
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { processClip } from '../../src/models/qwen2_5_vl/processor.ts';
import { type Grid, get_rope_index, rot_pos_emb, type TimeTruncation } from '../../src/models/qwen2_5_vl/rope_index.ts';
import { get_window_index } from '../../src/models/qwen2_5_vl/windows.ts';
import { goldenJson, pictureFrame, sha256, sha256OfInts } from './golden.ts';

type Segment = number | ['i' | 'v', number, number, number, number];

interface Golden {
  sizes: {
    sides: number[];
    rows: { height: number; min_pixels: number; max_pixels: number; sha256: string; refused: number[] }[];
  };
  nframes: [
    { nframes?: number; fps?: number; min_frames?: number; max_frames?: number },
    number,
    number,
    number | null,
  ][];
  windows: { window_size: number; height: number; sha256: string }[];
  rope: ({ batch: Segment[][]; side: 'left' | 'right' } & Record<
    TimeTruncation,
    { sha256: string; rope_deltas: number[] }
  >)[];
  pictures: {
    size: [number, number];
    seed: number;
    min_pixels: number;
    max_pixels: number;
    grid_thw: Grid;
    sha256: string;
  }[];
  videos: { frames: number; size: [number, number]; grid_thw: Grid; sha256: string }[];
}

const golden = goldenJson<Golden>('awkward.json');
const config = parseModelConfig(goldenJson('qwen2_5_vl', 'config.json'));

describe('smart_resize', () => {
  test('9,072 pairs of awkward sides under seven budgets', () => {
    const { sides, rows } = golden.sizes;
    expect(rows.length * sides.length).toBe(9072);
    for (const { height, min_pixels, max_pixels, sha256: expected, refused } of rows) {
      const found = sides.map((width) => {
        try {
          return smartResize(height, width, { minPixels: min_pixels, maxPixels: max_pixels });
        } catch (error) {
          expect((error as VideorftError).code).toBe('media-aspect-ratio');
          return [-1, -1];
        }
      });
      const label = `height ${height}, ${min_pixels} to ${max_pixels}`;
      expect(
        sides.filter((_, i) => found[i][0] < 0),
        label,
      ).toEqual(refused);
      expect(sha256OfInts(found.flat()), label).toBe(expected);
    }
  });

  test('the limit is 200, itself included', () => {
    expect(smartResize(1, 200)).toEqual([28, 812]);
    expect(() => smartResize(1, 201)).toThrow(VideorftError);
    expect(() => smartResize(402, 2)).toThrow(/200, got 201/);
  });
});

test('smart_nframes: where the reference refuses a short clip, ours repeats frames', () => {
  const refused = golden.nframes.filter(([, , , expected]) => expected === null);
  expect(refused.length).toBeGreaterThan(200);
  for (const [ele, fps, total, expected] of golden.nframes) {
    const { nframes, fps: rate, min_frames: minFrames, max_frames: maxFrames } = ele;
    const budget: FrameBudget = nframes === undefined ? { fps: rate, minFrames, maxFrames } : { nframes };
    const got = smartNframes(budget, total, fps);
    const label = JSON.stringify({ ele, fps, total });
    if (expected !== null) expect(got, label).toBe(expected);
    else expect([got % 2, got >= 2], label).toEqual([0, true]);
  }
});

test.each(golden.windows)('windows of $window_size pixels on grids of height $height', (row) => {
  const numbers: number[] = [];
  const setting = { ...config.vision, window_size: row.window_size };
  for (let width = 2; width < 30; width += 2)
    for (const t of [1, 2]) {
      const grids: Grid[] = [[t, row.height, width]];
      const { window_index, cu_window_seqlens } = get_window_index(grids, setting);
      numbers.push(...window_index, ...cu_window_seqlens, ...rot_pos_emb(grids, 2));
    }
  expect(sha256OfInts(numbers)).toBe(row.sha256);
});

/** Token ids and media of a conversation: `expand` in make/awkward.py. */
function expandSegments(segments: readonly Segment[]) {
  const [images, videos]: Grid[][] = [[], []];
  const [ids, seconds]: number[][] = [[], []];
  for (const segment of segments) {
    if (typeof segment === 'number') {
      const first = 10 + (ids.length % 50);
      for (let i = 0; i < segment; i++) ids.push(first + i);
      continue;
    }
    const [kind, t, h, w, s] = segment;
    const token = kind === 'v' ? config.video_token_id : config.image_token_id;
    ids.push(config.vision_start_token_id, ...Array<number>((t * h * w) / 4).fill(token), config.vision_end_token_id);
    (kind === 'v' ? videos : images).push([t, h, w]);
    if (kind === 'v') seconds.push(s);
  }
  return { ids, images, videos, seconds };
}

describe('get_rope_index', () => {
  const rows = golden.rope.map((row) => ({ ...row, name: JSON.stringify(row.batch) }));
  test.each(rows)('$side $name', ({ batch, side, ...expected }) => {
    const parts = batch.map(expandSegments);
    const width = Math.max(...parts.map(({ ids }) => ids.length));
    const join = (real: number[], fill: number) => {
      const rest = Array<number>(width - real.length).fill(fill);
      return side === 'right' ? [...real, ...rest] : [...rest, ...real];
    };
    for (const truncation of ['seconds', 'product'] as const) {
      const { position_ids, rope_deltas } = get_rope_index(config, {
        input_ids: parts.map(({ ids }) => join(ids, config.pad_token_id ?? 0)),
        attention_mask: parts.map(({ ids }) =>
          join(
            ids.map(() => 1),
            0,
          ),
        ),
        image_grid_thw: parts.flatMap(({ images }) => images),
        video_grid_thw: parts.flatMap(({ videos }) => videos),
        second_per_grid_ts: parts.flatMap(({ seconds }) => seconds),
        truncation,
      });
      expect([...rope_deltas], truncation).toEqual(expected[truncation].rope_deltas);
      expect(sha256OfInts(position_ids), truncation).toBe(expected[truncation].sha256);
    }
  });

  test('transformers 5.24: the same, but for text after a video that takes longer than its sides', () => {
    const { rope } = goldenJson<{ rope: { segments: Segment[]; sha256: string; rope_deltas: number[] }[] }>(
      'rope5.json',
    );
    expect(rope.length).toBe(32);
    let apart = 0;
    for (const { segments, sha256: expected, rope_deltas } of rope) {
      const { ids, images, videos, seconds } = expandSegments(segments);
      const input = {
        input_ids: [ids],
        image_grid_thw: images,
        video_grid_thw: videos,
        second_per_grid_ts: seconds,
      };
      const theirs = get_rope_index(config, { ...input, textAfter: 'sides' });
      expect(sha256OfInts(theirs.position_ids), JSON.stringify(segments)).toBe(expected);
      expect([...theirs.rope_deltas]).toEqual(rope_deltas);
      const long = videos.some(([t, h, w], i) => Math.floor((t - 1) * seconds[i] * 2) >= Math.max(h, w) / 2);
      const ours = get_rope_index(config, input);
      if (!long) expect(sha256OfInts(ours.position_ids)).toBe(expected);
      if (sha256OfInts(ours.position_ids) !== expected) apart++;
    }
    expect(apart).toBeGreaterThan(10);
  });

  test('the table has every order of up to four media, and tells the truncations apart', () => {
    const orders = golden.rope
      .filter(({ batch }) => batch.length === 1)
      .map(({ batch: [row] }) => row.flatMap((s) => (typeof s === 'number' ? [] : [s[0]])).join(''));
    expect(new Set(orders).size).toBe(2 + 4 + 8 + 16);
    const apart = golden.rope.filter(({ seconds, product }) => seconds.sha256 !== product.sha256);
    expect(apart.length).toBeGreaterThan(20);
  });
});

/** Patches as bytes again: what the values were before they were normalized. */
function bytesOfPatches(pixels: Float32Array): Uint8Array {
  const plane = 2 * 14 * 14;
  return Uint8Array.from(pixels, (x, i) => {
    const c = Math.floor(i / plane) % 3;
    return Math.round((x * IMAGE_STD[c] + IMAGE_MEAN[c]) * 255);
  });
}

describe('from pixels to patches', () => {
  test.each(golden.pictures)('picture $size under $min_pixels to $max_pixels', (row) => {
    const frame = pictureFrame(...row.size, row.seed);
    const size = smartResize(...row.size, { minPixels: row.min_pixels, maxPixels: row.max_pixels });
    const clip = { frames: [resizeFrame(frame, ...size, 'bicubic', 'pillow')], sampledFps: 0 };
    const { grid_thw, pixel_values } = processClip(clip, config.vision);
    expect(grid_thw).toEqual(row.grid_thw);
    expect(sha256(bytesOfPatches(pixel_values))).toBe(row.sha256);
  });

  test.each(golden.videos)('$frames frames of $size', (row) => {
    const frames = Array.from({ length: row.frames }, (_, f) => pictureFrame(...row.size, 100 + f));
    const { grid_thw, pixel_values } = processClip({ frames, sampledFps: 2 }, config.vision);
    expect(grid_thw).toEqual(row.grid_thw);
    expect(sha256(bytesOfPatches(pixel_values))).toBe(row.sha256);
  });
});
