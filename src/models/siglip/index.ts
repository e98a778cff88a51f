// A SigLIP folder as an embedder (dual_encoder/embedder.ts): frames are squeezed to the tower's square, texts padded to its length.

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Buffer, f32, i32, type SessionOptions } from '../../engine/index.ts';
import { resizeFrame } from '../../media/resize.ts';
import { DualEncoder, type Towers } from '../dual_encoder/embedder.ts';
import { patchSide } from '../dual_encoder/encoder.ts';
import { type PixelSettings, pixelPlanes, readPixelSettings } from '../dual_encoder/pixels.ts';
import { textTokens } from '../dual_encoder/texts.ts';
import { readModelWeights, writeWeights } from '../files.ts';
import type { Tokenizer } from '../tokenizer/load.ts';
import { parseSiglipConfig, type SiglipConfig, writeSiglipConfig } from './config.ts';
import { frameInput, imageTower, siglipShapes, textInput, textTower } from './graph.ts';
import { SIGLIP_PIXELS, siglipTokens } from './processor.ts';
import { loadSiglipTokenizer } from './tokenizer.ts';

type Weights = Record<string, Buffer>;

function siglipTowers(config: SiglipConfig, tokenizer: Tokenizer, pixels: PixelSettings): Towers {
  const { text, vision } = config;
  const [side, length] = [vision.image_size, text.max_position_embeddings];
  const cut = textTokens(tokenizer);
  return {
    shapes: siglipShapes(config),
    tokens: (words, limit) => cut(words, Math.min(limit, length)),
    textFeeds: (rows) => ({ texts: i32(siglipTokens(rows, text, length), [rows.length, length]) }),
    textGraph: (count, w) => textTower(textInput(config, count), w, config),
    resize: (frame) => resizeFrame(frame, side, side, pixels.resample),
    imageFeeds: (frames) => ({ frames: f32(pixelPlanes(frames, side, pixels), [frames.length, 3, side, side]) }),
    imageGraph: (count, w) => imageTower(frameInput(config, count), w, config),
    imageAttentionBytes: 4 * vision.num_attention_heads * patchSide(vision) ** 4,
  };
}

/**
 * Opens a SigLIP folder (config.json, spiece.model or tokenizer.json, weights; preprocessor_config.json where there is one).
 * `json`: its config.json, parsed. Errors: model-config, model-preprocessor, model-weights, tokenizer-files.
 */
export async function loadSiglip(dir: string, json: unknown, options: SessionOptions = {}): Promise<DualEncoder> {
  const config = parseSiglipConfig(json);
  const tokenizer = await loadSiglipTokenizer(dir);
  const towers = siglipTowers(config, tokenizer, await readPixelSettings(dir, SIGLIP_PIXELS));
  return new DualEncoder(basename(dir), towers, await readModelWeights(dir, towers.shapes), options);
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
