// Positions and windows against transformers: get_rope_index in both truncations, rot_pos_emb, get_window_index.
import { describe, expect, test } from 'vitest';
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { type Grid, get_rope_index, rot_pos_emb, type TimeTruncation } from '../../src/models/qwen2_5_vl/rope_index.ts';
import { get_window_index, visionPlan } from '../../src/models/qwen2_5_vl/windows.ts';
import { goldenJson, goldenTensors } from './golden.ts';

interface RopeCase {
  name: string;
  input_ids: number[][];
  attention_mask: number[][];
  image_grid_thw: Grid[];
  video_grid_thw: Grid[];
  second_per_grid_ts: number[] | null;
  seconds: { position_ids: number[]; rope_deltas: number[] };
  product: { position_ids: number[]; rope_deltas: number[] };
}

interface WindowCase {
  window_size: number;
  grids: Grid[];
  window_index: number[];
  cu_window_seqlens: number[];
  rot_pos_ids: number[];
}

const golden = goldenJson<{ rope: RopeCase[]; windows: WindowCase[] }>('processing.json');
const config = parseModelConfig(goldenJson('qwen2_5_vl', 'config.json'));

function positions(c: RopeCase, truncation: TimeTruncation) {
  const { position_ids, rope_deltas } = get_rope_index(config, {
    ...c,
    second_per_grid_ts: c.second_per_grid_ts ?? undefined,
    truncation,
  });
  return { position_ids: [...position_ids], rope_deltas: [...rope_deltas] };
}

describe('get_rope_index', () => {
  test.each(golden.rope)('$name', (c) => {
    expect(positions(c, 'seconds')).toEqual(c.seconds);
    expect(positions(c, 'product')).toEqual(c.product);
  });

  test('the table tells the two truncations apart, and the default keeps fractions of a second', () => {
    const half = golden.rope.find((c) => c.name.startsWith('seconds 0.5'));
    if (!half) throw new Error('no such case');
    expect(half.seconds).not.toEqual(half.product);
    const { position_ids } = get_rope_index(config, { ...half, second_per_grid_ts: [0.5] });
    expect([...position_ids]).toEqual(half.product.position_ids);
  });

  test('the batch of the model fixture, padded right and left', async () => {
    const fixture = await goldenTensors('qwen2_5_vl', 'golden.safetensors');
    const [batch, tokens] = fixture.shape('input_ids');
    const rows = (name: string) => {
      const flat = fixture.numbers(name);
      return Array.from({ length: batch }, (_, b) => flat.slice(b * tokens, (b + 1) * tokens));
    };
    const media = {
      image_grid_thw: [fixture.numbers('image_grid_thw') as unknown as Grid],
      video_grid_thw: [fixture.numbers('video_grid_thw') as unknown as Grid],
      second_per_grid_ts: [...fixture.f32('second_per_grid_ts')],
    };
    for (const side of ['', 'left_']) {
      const input = { input_ids: rows(`${side}input_ids`), attention_mask: rows(`${side}attention_mask`), ...media };
      const out = get_rope_index(config, { ...input, truncation: 'seconds' });
      expect([...out.position_ids]).toEqual(fixture.numbers(`${side}position_ids`));
      expect([...out.rope_deltas]).toEqual(fixture.numbers(`${side}rope_deltas`));
    }
    const whole = get_rope_index(config, {
      input_ids: rows('input_ids'),
      attention_mask: rows('attention_mask'),
      ...media,
    });
    expect([...whole.position_ids]).toEqual(fixture.numbers('variant_float_seconds_position_ids'));
  });

  test('tokens and grids that do not fit are refused', () => {
    const { vision_start_token_id: start, video_token_id: video } = config;
    const row = [1, start, ...Array(4).fill(video), 2];
    expect(() => get_rope_index(config, { input_ids: [row] })).toThrow(/more videos/);
    const short = { input_ids: [row.slice(0, 4)], video_grid_thw: [[1, 4, 4]] as Grid[] };
    expect(() => get_rope_index(config, short)).toThrow(/inside the placeholder/);
  });
});

describe('windows', () => {
  test.each(golden.windows)('window $window_size, grids $grids', (c) => {
    const setting = { ...config.vision, window_size: c.window_size };
    const { window_index, cu_window_seqlens } = get_window_index(c.grids, setting);
    expect([...window_index]).toEqual(c.window_index);
    expect(cu_window_seqlens).toEqual(c.cu_window_seqlens);
    expect([...rot_pos_emb(c.grids, 2)]).toEqual(c.rot_pos_ids);

    const plan = visionPlan(c.grids, setting);
    const sum = (lengths: readonly number[]) => lengths.reduce((a, b) => a + b, 0);
    expect(plan.patches).toBe(sum(c.grids.map(([t, h, w]) => t * h * w)));
    expect(sum(plan.windows)).toBe(plan.patches);
    expect(sum(plan.frames)).toBe(plan.patches);
    expect(plan.frames).toHaveLength(sum(c.grids.map(([t]) => t)));
    expect(plan.windowIndex === undefined).toBe(c.window_index.every((cell, i) => cell === i));
  });

  test('a grid of one window per frame moves nothing', () => {
    expect(visionPlan([[2, 8, 8]], config.vision)).toMatchObject({
      windowIndex: undefined,
      windows: [64, 64],
      frames: [64, 64],
    });
  });
});
