// Writes what both sides open: a model folder with random weights, and inputs.safetensors with the tokens (and pixels) of the batch.
// The same seed writes the same files. Layout of inputs as transformers takes them: input_ids, attention_mask, labels [B, T] i64 …
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng, type Rng } from '../../src/base/rng.ts';
import { type SafeTensor, writeSafetensors } from '../../src/base/safetensors.ts';
import { writeWeights } from '../../src/models/files.ts';
import { initWeights } from '../../src/models/init.ts';
import { writeModelConfig } from '../../src/models/qwen2_5_vl/config.ts';
import { weightShapes } from '../../src/models/qwen2_5_vl/graphs.ts';
import { languageShapes } from '../../src/models/qwen2_5_vl/language.ts';
import { clipGrid, decoderConfig, modelConfig, ordinaryTokens, type Size } from './shapes.ts';

const INPUTS = 'inputs.safetensors';
export const inputsFile = (dir: string): string => join(dir, INPUTS);

const i64 = (values: readonly number[], shape: readonly number[]): SafeTensor => {
  return { dtype: 'I64', shape, data: BigInt64Array.from(values, BigInt) };
};
const randomIds = (rng: Rng, below: number, n: number) => Array.from({ length: n }, () => rng.int(below));

/** The plain transformer: config.json holds the language settings alone; ids [B, T + 1], of which each predicts the next. */
export async function prepareDecoder(dir: string, size: Size, seed: number): Promise<void> {
  const config = decoderConfig(size);
  const { rows, tokens } = size.decoder;
  const rng = createRng(seed);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  await writeWeights(dir, initWeights(languageShapes(config), rng.fork('weights'), config.num_hidden_layers));
  const ids = randomIds(rng, config.vocab_size, rows * (tokens + 1));
  await writeSafetensors(inputsFile(dir), { ids: i64(ids, [rows, tokens + 1]) });
}

/** Random weights in the published layout, which both sides open. */
export async function prepareModel(dir: string, size: Size, seed: number): Promise<void> {
  const config = modelConfig(size);
  const depth = Math.max(config.text.num_hidden_layers, config.vision.depth);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'config.json'), JSON.stringify(writeModelConfig(config), null, 2));
  await writeWeights(dir, initWeights(weightShapes(config), createRng(seed).fork('weights'), depth));
}

/** A prompt: half the text, the clip's cells between their marks, the other half. Rows differ in length by up to three tokens. */
function promptIds(size: Size, rng: Rng, row: number): number[] {
  const config = modelConfig(size);
  const [t, h, w] = clipGrid(size);
  const cells = (t * h * w) / size.vision.spatial_merge_size ** 2;
  const half = size.promptText >> 1;
  const text = (n: number) => randomIds(rng, ordinaryTokens(config), n);
  const clip = [
    config.vision_start_token_id,
    ...Array<number>(cells).fill(config.video_token_id),
    config.vision_end_token_id,
  ];
  return [...text(half), ...clip, ...text(size.promptText - half - (row % 4))];
}

interface InputRow {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
}

/** Rows as the tensors of a batch. `side`: where padding goes. */
function batchTensors(size: Size, rng: Rng, rows: readonly InputRow[], side: 'left' | 'right') {
  const config = modelConfig(size);
  const longest = Math.max(...rows.map((r) => r.prompt.length + r.completion.length));
  const padded = (values: readonly number[], filler: number) => {
    const padding = Array<number>(longest - values.length).fill(filler);
    return side === 'left' ? [...padding, ...values] : [...values, ...padding];
  };
  const table = (of: (r: InputRow) => number[], filler: number) => {
    const flat = rows.flatMap((r) => padded(of(r), filler));
    return i64(flat, [rows.length, longest]);
  };
  const grid = clipGrid(size);
  const patches = grid[0] * grid[1] * grid[2];
  const { in_channels, temporal_patch_size, patch_size } = config.vision;
  const width = in_channels * temporal_patch_size * patch_size ** 2;
  const pixels = Float32Array.from({ length: rows.length * patches * width }, () => rng.uniform(-1.8, 2.1));
  const seconds = new Float32Array(rows.length).fill(temporal_patch_size / size.clip.fps);
  return {
    input_ids: table((r) => [...r.prompt, ...r.completion], config.pad_token_id ?? 0),
    attention_mask: table((r) => [...r.prompt, ...r.completion].map(() => 1), 0),
    labels: table((r) => [...r.prompt.map(() => -100), ...r.completion], -100),
    video_grid_thw: i64(
      rows.flatMap(() => grid),
      [rows.length, 3],
    ),
    pixel_values_videos: { dtype: 'F32', shape: [rows.length * patches, width], data: pixels } as const,
    second_per_grid_ts: { dtype: 'F32', shape: [rows.length], data: seconds } as const,
  };
}

/** A batch of prompts with completions, padded on the right. */
export async function prepareSft(dir: string, size: Size, seed: number): Promise<void> {
  await prepareModel(dir, size, seed);
  const rng = createRng(seed).fork('sft');
  const rows = Array.from({ length: size.sft.rows }, (_, r) => ({
    prompt: promptIds(size, rng, r),
    completion: randomIds(rng, ordinaryTokens(modelConfig(size)), size.sft.completion),
  }));
  await writeSafetensors(inputsFile(dir), batchTensors(size, rng, rows, 'right'));
}

/** Prompts alone, padded on the left as generation wants them. */
export async function prepareGenerate(dir: string, size: Size, seed: number): Promise<void> {
  await prepareModel(dir, size, seed);
  const rng = createRng(seed).fork('generate');
  const rows = Array.from({ length: size.generate.prompts }, (_, r) => ({
    prompt: promptIds(size, rng, r),
    completion: [],
  }));
  await writeSafetensors(inputsFile(dir), batchTensors(size, rng, rows, 'left'));
}
