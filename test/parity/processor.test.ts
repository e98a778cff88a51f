// Pixels, grids and seconds against Qwen2VLImageProcessor, its video twin, SiglipImageProcessor and Qwen2_5_VLProcessor.
import { describe, expect, test } from 'vitest';
import { parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { expandVision, processClip } from '../../src/models/qwen2_5_vl/processor.ts';
import type { Grid } from '../../src/models/qwen2_5_vl/rope_index.ts';
import { parseSiglipConfig } from '../../src/models/siglip/config.ts';
import { siglipPixels, siglipTokens } from '../../src/models/siglip/processor.ts';
import { loadTokenizer } from '../../src/models/tokenizer/load.ts';
import type { Message } from '../../src/prompt/messages.ts';
import { fixturePath, goldenJson, goldenTensors, maxDifference } from './golden.ts';

interface Golden {
  pixels: { name: string; fps: number; grid_thw: Grid; second_per_grid_ts: number }[];
  processor: {
    messages: Message[];
    input_ids: number[];
    second_per_grid_ts: number[];
    image_token_id: number;
    video_token_id: number;
    eos: number;
    pad: number;
    class_name: string;
    tokenizer_class: string;
  };
  opened: Record<string, number>;
}

const golden = goldenJson<Golden>('processing.json');
const tensors = await goldenTensors('processing.safetensors');
const config = parseModelConfig(goldenJson('qwen2_5_vl', 'config.json'));
// Ours is bit-equal to the video processor; the image and SigLIP processors round once more: one unit in the last place at |x| ≈ 2.
const ONE_ULP = 3e-7;

describe('Qwen2.5-VL pixels', () => {
  test.each(golden.pixels)('$name', ({ name, fps, grid_thw, second_per_grid_ts }) => {
    const out = processClip({ frames: tensors.frames(`${name}.frames`), sampledFps: fps }, config.vision);
    expect(out.kind).toBe(fps === 0 ? 'image' : 'video');
    expect(out.grid_thw).toEqual(grid_thw);
    expect(out.second_per_grid_ts).toBeCloseTo(second_per_grid_ts, 12);
    const difference = maxDifference(out.pixel_values, tensors.f32(`${name}.pixel_values`));
    expect(difference).toBeLessThanOrEqual(fps === 0 ? ONE_ULP : 0);
  });

  test('the frames of the model fixture', async () => {
    const fixture = await goldenTensors('qwen2_5_vl', 'golden.safetensors');
    const video = processClip({ frames: fixture.frames('video_frames'), sampledFps: 0.8 }, config.vision);
    expect(video.grid_thw).toEqual(fixture.numbers('video_grid_thw'));
    expect(video.second_per_grid_ts).toBe(2.5);
    expect(maxDifference(video.pixel_values, fixture.f32('pixel_values_videos'))).toBe(0);
    const image = processClip({ frames: fixture.frames('image_frame'), sampledFps: 0 }, config.vision);
    expect(maxDifference(image.pixel_values, fixture.f32('pixel_values'))).toBeLessThan(ONE_ULP);
  });

  test('frames that the model cannot take are refused', () => {
    const frame = (width: number, height: number) => ({
      width,
      height,
      time: 0,
      data: new Uint8Array(width * height * 3),
    });
    const codeOf = (frames: ReturnType<typeof frame>[], sampledFps = 2) => {
      try {
        processClip({ frames, sampledFps }, config.vision);
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return 'accepted';
    };
    expect(codeOf([frame(28, 56)])).toBe('accepted');
    expect(codeOf([])).toBe('vision-frames');
    expect(codeOf([frame(28, 42)])).toBe('vision-frames');
    expect(codeOf([frame(28, 28), frame(56, 28)])).toBe('vision-frames');
    expect(codeOf([{ ...frame(28, 28), data: new Uint8Array(5) }])).toBe('vision-frames');
    expect(codeOf([frame(28, 28), frame(28, 28)], 0)).toBe('vision-frames');
  });
});

describe('the whole processor', () => {
  test('messages and clips give the ids of Qwen2_5_VLProcessor', async () => {
    const { messages, input_ids, image_token_id, video_token_id, second_per_grid_ts } = golden.processor;
    const tokenizer = await loadTokenizer(fixturePath('tokenizer'));
    const video = processClip({ frames: tensors.frames('video.frames'), sampledFps: 2 }, config.vision);
    const image = processClip({ frames: tensors.frames('image.frames'), sampledFps: 0 }, config.vision);
    const ids = expandVision(tokenizer.encodeChat(messages), [video.grid_thw, image.grid_thw], {
      image_token_id,
      video_token_id,
      vision: config.vision,
    });
    expect(ids).toEqual(input_ids);
    expect([video.second_per_grid_ts]).toEqual(second_per_grid_ts);
  });

  test('transformers opens the folder that we write', () => {
    const { class_name, tokenizer_class, eos, pad } = golden.processor;
    expect([class_name, tokenizer_class]).toEqual(['Qwen2_5_VLProcessor', 'Qwen2TokenizerFast']);
    expect([eos, pad]).toEqual([452, 450]);
    expect(golden.opened.qwen2_5_vl_max_difference).toBe(0);
    expect(golden.opened.siglip_max_difference).toBeLessThan(1e-6);
  });

  test('placeholders and grids must agree in number', () => {
    expect(
      expandVision(
        [7, 318, 8, 319],
        [
          [1, 4, 4],
          [2, 2, 4],
        ],
        config,
      ),
    ).toEqual([7, ...Array(4).fill(318), 8, ...Array(4).fill(319)]);
    expect(() => expandVision([7, 318], [], config)).toThrow(/differ in number/);
    expect(() => expandVision([7], [[1, 2, 2]], config)).toThrow(/differ in number/);
  });
});

describe('SigLIP inputs', () => {
  const siglip = parseSiglipConfig(goldenJson('siglip', 'config.json'));

  test('pixels', async () => {
    const fixture = await goldenTensors('siglip', 'golden.safetensors');
    const out = siglipPixels(fixture.frames('frames'), siglip.vision.image_size);
    expect(maxDifference(out, fixture.f32('pixel_values'))).toBeLessThan(ONE_ULP);
    expect(() => siglipPixels(fixture.frames('frames'), 28)).toThrow(/size/);
  });

  test('texts are cut, and padded to the full length', () => {
    const out = siglipTokens([[5, 6, 7, 8], Array.from({ length: 40 }, (_, i) => i + 2)], siglip.text, 3);
    const pad = (n: number) => Array(n).fill(siglip.text.pad_token_id);
    expect([...out]).toEqual([5, 6, 7, ...pad(13), 2, 3, 4, ...pad(13)]);
    expect([...siglipTokens([Array(40).fill(9)], siglip.text, 64)]).toEqual(Array(16).fill(9));
  });
});
