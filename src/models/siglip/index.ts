// A SigLIP folder as the semantic reward's embedder (rewards/embedder.ts describes the port). Frames are resized to the tower's square;
// texts are cut to `maxTokens` and padded to the tower's length.

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type Buffer,
  type Compiled,
  compile,
  f32,
  i32,
  ProgramCache,
  type SessionOptions,
} from '../../engine/index.ts';
import type { Frame } from '../../media/frame.ts';
import { resizeFrame } from '../../media/resize.ts';
import { readModelWeights, writeWeights } from '../files.ts';
import { readModelJson } from '../load.ts';
import { loadTokenizer, type Tokenizer } from '../tokenizer/load.ts';
import { graphWeights } from '../weights.ts';
import { parseSiglipConfig, type SiglipConfig, writeSiglipConfig } from './config.ts';
import { frameInput, imageTower, siglipShapes, textInput, textTower } from './graph.ts';
import { siglipPixels, siglipTokens } from './processor.ts';

/** Rows that run together; a part batch is padded to the next size. */
const SIZES = [1, 8, 32];

type Weights = Record<string, Buffer>;

export class SiglipEmbedder {
  readonly name: string;
  private readonly config: SiglipConfig;
  private readonly weights: Weights;
  private readonly tokenizer: Tokenizer;
  private readonly options: SessionOptions;
  private readonly programs = new ProgramCache();

  constructor(
    name: string,
    config: SiglipConfig,
    weights: Weights,
    tokenizer: Tokenizer,
    options: SessionOptions = {},
  ) {
    this.name = name;
    this.config = config;
    this.weights = weights;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  /** L2-normalized text embeddings, one per text. */
  embedTexts(texts: readonly string[], maxTokens: number): Promise<Float32Array[]> {
    const { text } = this.config;
    const ids = texts.map((t) => this.tokenizer.encode(t));
    return this.inChunks(texts.length, async (from, to, size) => {
      const rows = Array.from({ length: size }, (_, i) => ids[Math.min(from + i, to - 1)]);
      const feed = i32(siglipTokens(rows, text, maxTokens), [size, text.max_position_embeddings]);
      const program = await this.program('text', size);
      return (await program.run({ ...this.weights, texts: feed })).embeddings;
    });
  }

  /** L2-normalized image embeddings, one per frame. */
  embedFrames(frames: readonly Frame[]): Promise<Float32Array[]> {
    const side = this.config.vision.image_size;
    const sized = frames.map((f) => resizeFrame(f, side, side, 'bicubic'));
    return this.inChunks(frames.length, async (from, to, size) => {
      const rows = Array.from({ length: size }, (_, i) => sized[Math.min(from + i, to - 1)]);
      const program = await this.program('image', size);
      const feed = f32(siglipPixels(rows, side), [size, 3, side, side]);
      return (await program.run({ ...this.weights, frames: feed })).embeddings;
    });
  }

  private async inChunks(
    count: number,
    run: (from: number, to: number, size: number) => Promise<Buffer>,
  ): Promise<Float32Array[]> {
    const out: Float32Array[] = [];
    for (let from = 0; from < count; ) {
      const size = SIZES.find((s) => s >= count - from) ?? SIZES[SIZES.length - 1];
      const to = Math.min(count, from + size);
      const { data, shape } = await run(from, to, size);
      for (let i = 0; i < to - from; i++) out.push((data as Float32Array).slice(i * shape[1], (i + 1) * shape[1]));
      from = to;
    }
    return out;
  }

  private program(tower: 'text' | 'image', size: number): Promise<Compiled> {
    const key = `${tower}${size}`;
    return this.programs.get(key, () => {
      const w = graphWeights(siglipShapes(this.config));
      const embeddings =
        tower === 'text'
          ? textTower(textInput(this.config, size), w, this.config)
          : imageTower(frameInput(this.config, size), w, this.config);
      return compile({ embeddings }, [], this.options);
    });
  }

  async close(): Promise<void> {
    await this.programs.dispose();
  }
}

/** Opens a SigLIP folder (config.json, tokenizer files, weights). Errors: model-folder, model-config, model-weights. */
export async function loadSiglip(dir: string, options: SessionOptions = {}): Promise<SiglipEmbedder> {
  const config = parseSiglipConfig(await readModelJson(dir));
  const weights = await readModelWeights(dir, siglipShapes(config));
  return new SiglipEmbedder(basename(dir), config, weights, await loadTokenizer(dir), options);
}

/** Writes a SigLIP folder that transformers and `loadSiglip` open. */
export async function saveSiglip(
  dir: string,
  config: SiglipConfig,
  weights: Weights,
  tokenizer: Tokenizer,
  dtype: 'f32' | 'f16' = 'f32',
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const torch = dtype === 'f16' ? 'float16' : 'float32';
  await writeFile(join(dir, 'config.json'), `${JSON.stringify(writeSiglipConfig(config, torch), null, 2)}\n`);
  await tokenizer.saveFiles(dir);
  await writeWeights(dir, weights, dtype);
}
