// The last stage: the micro SigLIP on pairs of a frame and the caption of its clip, by the sigmoid loss.
import { join } from 'node:path';
import { createRng, hash32 } from '../../base/rng.ts';
import { type Buffer, f32, i32, Trainer } from '../../engine/index.ts';
import { initWeights } from '../../models/init.ts';
import {
  frameInput,
  imageTower,
  pairLogits,
  siglipShapes,
  sigmoidLoss,
  textInput,
  textTower,
} from '../../models/siglip/graph.ts';
import { saveSiglip } from '../../models/siglip/index.ts';
import { siglipPixels, siglipTokens } from '../../models/siglip/processor.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import { graphWeights } from '../../models/weights.ts';
import { captionSentences } from '../../world/captions.ts';
import { microSiglipConfig, type PretrainConfig } from './config.ts';
import type { SceneClip, SceneStream } from './scenes.ts';
import { runStage } from './stage.ts';

/** exp(logit_scale) = 10 and logit_bias = −10 at the start, as in the paper of Zhai et al. */
const START = { scale: Math.log(10), bias: -10 };

interface Pairs {
  readonly feeds: Record<string, Buffer>;
}

/** Trains and saves micro-siglip. Returns the seconds of this process. */
export async function trainSiglip(
  config: PretrainConfig,
  tokenizer: Tokenizer,
  scenes: SceneStream,
  dir: string,
  log: (row: Record<string, number | string>) => Promise<void>,
  signal?: AbortSignal,
): Promise<number> {
  const vocab = Math.ceil(tokenizer.size / 64) * 64;
  const siglip = microSiglipConfig(vocab, tokenizer.idOf('<|endoftext|>'));
  const weights = initWeights(siglipShapes(siglip), createRng(config.seed + 7), siglip.text.num_hidden_layers);
  (weights.logit_scale.data as Float32Array)[0] = START.scale;
  (weights.logit_bias.data as Float32Array)[0] = START.bias;
  const trainer = new Trainer(weights, { weightDecay: 0.02, maxNorm: 1, beta2: 0.98 }, { threads: config.threads });
  const count = config.siglipPairs;
  const pairs = (clips: readonly SceneClip[]): Pairs => {
    const side = siglip.vision.image_size;
    const texts = clips.map(({ scene }) => tokenizer.encode(captionSentences(scene).join(' ')));
    const frames = clips.map(({ scene, clip }) => clip.frames[hash32(`frame/${scene.seed}`) % clip.frames.length]);
    return {
      feeds: {
        texts: i32(siglipTokens(texts, siglip.text, 64), [count, 64]),
        frames: f32(siglipPixels(frames, side), [count, 3, side, side]),
      },
    };
  };
  const build = () => {
    const w = graphWeights(siglipShapes(siglip));
    const logits = pairLogits(
      textTower(textInput(siglip, count), w, siglip),
      imageTower(frameInput(siglip, count), w, siglip),
      w,
    );
    return { loss: sigmoidLoss(logits), weights: w.used(), outputs: { logits } };
  };
  const seconds = await runStage(
    {
      name: 'siglip',
      dir,
      steps: config.siglipSteps,
      learningRate: config.siglipRate,
      trainer,
      makeBatch: async (step) => pairs(await scenes.batch(step, count)),
      step: async ({ feeds }, rate) => {
        const { loss, gradNorm, outputs } = await trainer.step('pairs', build, feeds, rate);
        return { loss, gradNorm, top1: top1(outputs.logits.data as Float32Array, count) };
      },
      signal,
    },
    log,
  );
  await trainer.dispose();
  await saveSiglip(join(config.out, 'micro-siglip'), siglip, weights, tokenizer, 'f16');
  return seconds;
}

/** Share of texts whose own frame has the largest logit. */
function top1(logits: Float32Array, n: number): number {
  let right = 0;
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * n, (i + 1) * n);
    if (row.every((x) => x <= row[i])) right++;
  }
  return right / n;
}
