// A CLIP folder as an embedder (dual_encoder/embedder.ts): both towers, the published processor and tokenizer.

import { basename } from 'node:path';
import { f32, i32, type SessionOptions } from '../../engine/index.ts';
import { DualEncoder, type Towers } from '../dual_encoder/embedder.ts';
import { patchSide } from '../dual_encoder/encoder.ts';
import { type PixelSettings, pixelPlanes, readPixelSettings } from '../dual_encoder/pixels.ts';
import { textTokens } from '../dual_encoder/texts.ts';
import { readModelWeights } from '../files.ts';
import { loadTokenizer, type Tokenizer } from '../tokenizer/load.ts';
import { type ClipConfig, parseClipConfig } from './config.ts';
import { clipName, clipShapes, endInput, frameInput, imageTower, textInput, textTower } from './graph.ts';
import { CLIP_PIXELS, clipSquare, clipTexts } from './processor.ts';

function clipTowers(config: ClipConfig, tokenizer: Tokenizer, pixels: PixelSettings): Towers {
  const { text, vision } = config;
  const [side, length] = [vision.image_size, text.max_position_embeddings];
  const cut = textTokens(tokenizer);
  return {
    shapes: clipShapes(config),
    tokens: (words, limit) => cut(words, Math.min(limit, length)),
    textFeeds(rows) {
      const { ids, ends } = clipTexts(rows, text);
      return { texts: i32(ids, [rows.length, length]), ends: i32(ends, [rows.length]) };
    },
    textGraph: (count, w) => textTower(textInput(config, count), endInput(count), w, config),
    resize: (frame) => clipSquare(frame, side, pixels),
    imageFeeds: (frames) => ({ frames: f32(pixelPlanes(frames, side, pixels), [frames.length, 3, side, side]) }),
    imageGraph: (count, w) => imageTower(frameInput(config, count), w, config),
    imageAttentionBytes: 4 * vision.num_attention_heads * (patchSide(vision) ** 2 + 1) ** 2,
  };
}

/**
 * Opens a CLIP folder (config.json, tokenizer.json, weights; preprocessor_config.json where there is one).
 * `json`: its config.json, parsed. Errors: model-config, model-preprocessor, model-weights, tokenizer-files.
 */
export async function loadClipModel(dir: string, json: unknown, options: SessionOptions = {}): Promise<DualEncoder> {
  const config = parseClipConfig(json);
  const tokenizer = await loadTokenizer(dir);
  const towers = clipTowers(config, tokenizer, await readPixelSettings(dir, CLIP_PIXELS));
  return new DualEncoder(basename(dir), towers, await readModelWeights(dir, towers.shapes, clipName), options);
}
