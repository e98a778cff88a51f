// Frames → what the vision tower eats: normalized pixels cut into patches, in the order of Qwen2VLImageProcessor and its video twin;
// and placeholder tokens repeated to match.
// Leaves out: choosing frames and resizing them (media/); frames arrive at a size that patch_size · merge divides.
import { VideorftError } from '../../base/errors.ts';
import type { Clip, Frame } from '../../media/frame.ts';
import { IMAGE_MEAN, IMAGE_STD } from '../clip-pixels.ts';
import type { ModelConfig, VisionConfig } from './config.ts';
import type { Grid } from './rope_index.ts';

export type PatchConfig = Pick<VisionConfig, 'patch_size' | 'spatial_merge_size' | 'temporal_patch_size'>;

export interface VisionPixels {
  readonly kind: 'image' | 'video';
  /** [P, 3 · temporal_patch_size · patch_size²]: patches in merge-block order; channel, time, row, column inside one. */
  readonly pixel_values: Float32Array;
  /** Patches along time, height, width; P is their product. */
  readonly grid_thw: Grid;
  /** Seconds between two temporal patches; 0 for an image, as in get_rope_index. */
  readonly second_per_grid_ts: number;
}

const { fround } = Math;

/** Normalized value of each byte, [3][256] flattened, in the single precision and fused order of transformers' fast processors. */
const NORMALIZED = Float32Array.from({ length: 768 }, (_, i) => {
  const [mean, std] = [IMAGE_MEAN[i >> 8], IMAGE_STD[i >> 8]].map((v) => fround(fround(v) * 255));
  return fround((i & 255) - mean) / std;
});

function checkFrames(frames: readonly Frame[], factor: number): { width: number; height: number } {
  const fail = (message: string, facts: Record<string, number>, fix: string): never => {
    throw new VideorftError(message, { code: 'vision-frames', facts, fix });
  };
  if (frames.length === 0)
    return fail('a clip without frames cannot be shown to the model', {}, 'sample at least one frame');
  const { width, height } = frames[0];
  for (const frame of frames) {
    const facts = { width: frame.width, height: frame.height, time: frame.time };
    if (frame.width !== width || frame.height !== height)
      fail('the frames of a clip differ in size', facts, 'resize them alike');
    if (frame.data.length !== width * height * 3)
      fail('a frame has the wrong number of bytes', { ...facts, bytes: frame.data.length }, 'give RGB, 8 bits each');
  }
  if (width % factor !== 0 || height % factor !== 0)
    fail(`frame sides must be multiples of ${factor}`, { width, height }, 'resize with smart_resize first');
  return { width, height };
}

/** One frame's share of a temporal patch row: writes every patch's rows of channel c at time slot `slot`. */
function writeFrame(out: Float32Array, base: number, frame: Frame, slot: number, config: PatchConfig): void {
  const { patch_size: p, spatial_merge_size: merge, temporal_patch_size: times } = config;
  const { width, height, data } = frame;
  const plane = p * p;
  const patch = 3 * times * plane;
  let start = base + slot * plane;
  for (let top = 0; top < height; top += p * merge)
    for (let left = 0; left < width; left += p * merge)
      for (let y0 = top; y0 < top + p * merge; y0 += p)
        for (let x0 = left; x0 < left + p * merge; x0 += p, start += patch) {
          let to = start;
          for (let y = y0; y < y0 + p; y++) {
            let from = (y * width + x0) * 3;
            for (const end = to + p; to < end; to++, from += 3) {
              out[to] = NORMALIZED[data[from]];
              out[to + times * plane] = NORMALIZED[256 + data[from + 1]];
              out[to + 2 * times * plane] = NORMALIZED[512 + data[from + 2]];
            }
          }
        }
}

function patchify(frames: readonly Frame[], config: PatchConfig): Pick<VisionPixels, 'pixel_values' | 'grid_thw'> {
  const { patch_size: p, spatial_merge_size: merge, temporal_patch_size: times } = config;
  const { width, height } = checkFrames(frames, p * merge);
  const grid_thw: Grid = [Math.ceil(frames.length / times), height / p, width / p];
  const perTime = grid_thw[1] * grid_thw[2] * 3 * times * p * p;
  const pixel_values = new Float32Array(grid_thw[0] * perTime);
  for (let i = 0; i < grid_thw[0] * times; i++) {
    const frame = frames[Math.min(i, frames.length - 1)]; // the last frame fills the last temporal patch
    writeFrame(pixel_values, Math.floor(i / times) * perTime, frame, i % times, config);
  }
  return { pixel_values, grid_thw };
}

/**
 * A clip's frames (already resized) → patches. A clip with sampledFps 0 is an image: its one frame is repeated in time.
 * second_per_grid_ts = temporal_patch_size / sampledFps, the true time between temporal patches.
 * @throws VideorftError 'vision-frames' when frames are missing, differ in size, or do not divide into merged patches.
 */
export function processClip(clip: Pick<Clip, 'frames' | 'sampledFps'>, config: PatchConfig): VisionPixels {
  const patches = patchify(clip.frames, config);
  if (clip.sampledFps > 0) {
    return { kind: 'video', ...patches, second_per_grid_ts: config.temporal_patch_size / clip.sampledFps };
  }
  if (clip.frames.length !== 1)
    throw new VideorftError('a clip of several frames needs the rate at which they were sampled', {
      code: 'vision-frames',
      facts: { frames: clip.frames.length, sampledFps: clip.sampledFps },
      fix: 'set sampledFps to frames per second of the sampled frames',
    });
  return { kind: 'image', ...patches, second_per_grid_ts: 0 };
}

type PlaceholderConfig = Pick<ModelConfig, 'image_token_id' | 'video_token_id'> & {
  readonly vision: Pick<VisionConfig, 'spatial_merge_size'>;
};

/**
 * Repeats each image or video placeholder once per merged cell (t·h·w / merge²). Grids in order of appearance.
 * @throws VideorftError 'vision-tokens' when there are more or fewer placeholders than grids.
 */
export function expandVision(ids: readonly number[], grids: readonly Grid[], config: PlaceholderConfig): number[] {
  const out: number[] = [];
  let seen = 0;
  for (const id of ids) {
    if (id !== config.image_token_id && id !== config.video_token_id) {
      out.push(id);
      continue;
    }
    const [t, h, w] = grids[seen++] ?? [0, 0, 0];
    const cells = (t * h * w) / config.vision.spatial_merge_size ** 2;
    for (let i = 0; i < cells; i++) out.push(id);
  }
  if (seen !== grids.length)
    throw new VideorftError('placeholders and images or videos differ in number', {
      code: 'vision-tokens',
      facts: { placeholders: seen, grids: grids.length },
      fix: 'render one placeholder per image or video',
    });
  return out;
}
