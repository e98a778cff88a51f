// Our side's reading of what prepare.ts wrote: weights, and inputs as rows of the model's port.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, type SafeTensors, toFloat32 } from '../../src/base/safetensors.ts';
import { readModelWeights } from '../../src/models/files.ts';
import type { Prepared, Row, VideoLanguageModel } from '../../src/models/port.ts';
import { type ModelConfig, parseModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../src/models/qwen2_5_vl/index.ts';
import { type Grid, get_rope_index } from '../../src/models/qwen2_5_vl/rope_index.ts';
import { inputsFile } from './prepare.ts';

/** No text is written or read here. */
const noTokenizer = { encode: () => [], decode: () => '' };

export const readJson = async (dir: string): Promise<unknown> =>
  JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));

export interface OpenModel {
  readonly config: ModelConfig;
  readonly model: VideoLanguageModel;
  readonly rows: Row[];
}

/** The model of a folder and the rows of its inputs. */
export async function openModel(dir: string): Promise<OpenModel> {
  const config = parseModelConfig(await readJson(dir));
  const model = qwenModel(config, await readModelWeights(dir, weightShapes(config)), noTokenizer);
  return { config, model, rows: rowsOf(config, await readSafetensors(inputsFile(dir))) };
}

function rowsOf(config: ModelConfig, { tensors }: SafeTensors): Row[] {
  const table = (name: string): number[][] => {
    const { data, shape } = tensors.get(name)!;
    const flat = Array.from(data as BigInt64Array, Number);
    return Array.from({ length: shape[0] }, (_, r) => flat.slice(r * shape[1], (r + 1) * shape[1]));
  };
  const [ids, mask, labels, grids] = ['input_ids', 'attention_mask', 'labels', 'video_grid_thw'].map(table);
  const pixels = tensors.get('pixel_values_videos')!;
  const seconds = toFloat32(tensors.get('second_per_grid_ts')!);
  let at = 0;
  return ids.map((row, r) => {
    const grid = grids[r] as unknown as Grid;
    const values = grid[0] * grid[1] * grid[2] * pixels.shape[1];
    const clip = toFloat32(pixels).subarray(at, at + values);
    at += values;
    const prompt = row.filter((_, i) => mask[r][i] === 1 && labels[r][i] === -100);
    const completion = row.filter((_, i) => labels[r][i] !== -100);
    return { prompt: preparedOf(config, prompt, clip, grid, seconds[r]), completion: Int32Array.from(completion) };
  });
}

function preparedOf(
  config: ModelConfig,
  prompt: readonly number[],
  pixels: Float32Array,
  grid: Grid,
  seconds: number,
): Prepared {
  const media = { video_grid_thw: [grid], second_per_grid_ts: [seconds] };
  const { position_ids, rope_deltas } = get_rope_index(config, { input_ids: [prompt], ...media });
  return {
    tokens: Int32Array.from(prompt),
    positions: position_ids,
    nextPosition: prompt.length + rope_deltas[0],
    vision: [{ pixels, grid, start: prompt.indexOf(config.video_token_id) }],
  };
}
