// Makes the micro base model and the micro SigLIP from nothing: tokenizer, vision tower on dense truth, whole model on conversations,
// SigLIP on frames and captions. Training compositions only. Run it: `videorft pretrain --help`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { appendJsonl } from '../../base/jsonl.ts';
import { createRng } from '../../base/rng.ts';
import { micro } from '../../media/index.ts';
import { initWeights } from '../../models/init.ts';
import { weightShapes } from '../../models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../models/qwen2_5_vl/index.ts';
import { writePreprocessorConfig } from '../../models/qwen2_5_vl/processor.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import { microModelConfig, type PretrainConfig } from './config.ts';
import { microTokenizer } from './corpus.ts';
import { LanguageTrainer, type WeightedRow } from './language.ts';
import { SceneStream } from './scenes.ts';
import { trainSiglip } from './siglip.ts';
import { runStage } from './stage.ts';
import { VisionTrainer } from './vision.ts';

/** Scenes of different stages come from different seeds. */
const SEEDS = { vision: 101, language: 202, siglip: 303, choices: 404 };
const VOCAB_STEP = 64;

/** Steps whose rows are sorted by length together. */
const BLOCK = 6;

/** Batches by step from a maker of whole blocks; the order inside a block is shuffled by its number. */
function blocks<T>(make: (block: number) => Promise<T[]>): (step: number) => Promise<T> {
  let current: { block: number; batches: T[] } | undefined;
  return async (step) => {
    const block = Math.floor(step / BLOCK);
    if (current?.block !== block) current = { block, batches: createRng(block).shuffle(await make(block)) };
    return current.batches[step % BLOCK];
  };
}

export interface PretrainResult {
  readonly seconds: Record<string, number>;
}

interface LanguageStage {
  readonly name: string;
  readonly steps: number;
  readonly learningRate: number;
  readonly clipsPerStep: number;
  /** Text-only rows of exercises per step. */
  readonly exercises: number;
  readonly base: ReturnType<typeof qwenModel>;
  readonly tokenizer: Tokenizer;
  readonly workDir: string;
  readonly clips: SceneStream;
  readonly signal?: AbortSignal;
}

type Log = (row: Record<string, number | string>) => Promise<void>;

/** Trains the whole model on conversations. Returns the seconds of this process. */
async function languageStage(s: LanguageStage, log: Log): Promise<number> {
  const language = new LanguageTrainer(s.base, s.tokenizer);
  const makeBlock = async (block: number) =>
    language.block(await s.clips.batch(block, s.clipsPerStep * BLOCK), BLOCK, s.exercises, createRng(block));
  const seconds = await runStage<WeightedRow[]>(
    {
      name: s.name,
      dir: join(s.workDir, s.name),
      steps: s.steps,
      learningRate: s.learningRate,
      trainer: language.trainer,
      makeBatch: blocks(makeBlock),
      step: async (rows, rate) => ({ ...(await language.step(rows, rate)) }),
      signal: s.signal,
    },
    log,
  );
  await language.trainer.dispose();
  await s.clips.close();
  return seconds;
}

/** Runs (or continues) all stages in `workDir`, and writes micro-base/ and micro-siglip/ (f16) into `config.out`. */
export async function pretrain(config: PretrainConfig, workDir: string, signal?: AbortSignal): Promise<PretrainResult> {
  await mkdir(workDir, { recursive: true });
  const log = (row: Record<string, number | string>) => appendJsonl(join(workDir, 'metrics.jsonl'), row);
  const tokenizer = microTokenizer(config.seed);
  const model = microModelConfig(Math.ceil(tokenizer.size / VOCAB_STEP) * VOCAB_STEP, (t) => tokenizer.idOf(t));
  const weights = initWeights(weightShapes(model), createRng(config.seed), model.text.num_hidden_layers);
  const stream = (seed: number) => new SceneStream(config.seed * 1000 + seed, config.codecShare);

  const scenes = stream(SEEDS.vision);
  const vision = new VisionTrainer(model, weights, config.seed);
  const visionSeconds = await runStage(
    {
      name: 'vision',
      dir: join(workDir, 'vision'),
      steps: config.visionSteps,
      learningRate: config.visionRate,
      trainer: vision.trainer,
      makeBatch: async (step) => vision.prepare(await scenes.batch(step, config.visionClips)),
      step: async (batch, rate) => {
        const { loss, gradNorm, parts } = await vision.step(batch, rate);
        return { loss, gradNorm, ...parts };
      },
      signal,
    },
    log,
  );
  await vision.trainer.dispose();
  await scenes.close();

  const pixels = { min: micro.min_pixels, max: micro.max_pixels };
  const base = qwenModel(model, weights, tokenizer, writePreprocessorConfig(model.vision, pixels));
  const shared = { base, tokenizer, workDir, signal };
  const { languageSteps, languageRate, languageClips, choiceSteps, choiceRate, choiceClips, choiceRows } = config;
  const languageSeconds = await languageStage(
    {
      ...shared,
      name: 'language',
      steps: languageSteps,
      learningRate: languageRate,
      clipsPerStep: languageClips,
      exercises: 0,
      clips: stream(SEEDS.language),
    },
    log,
  );
  const choiceSeconds = await languageStage(
    {
      ...shared,
      name: 'choices',
      steps: choiceSteps,
      learningRate: choiceRate,
      clipsPerStep: choiceClips,
      exercises: choiceRows,
      clips: stream(SEEDS.choices),
    },
    log,
  );
  await base.save(join(config.out, 'micro-base'), weights, 'f16');

  const frames = stream(SEEDS.siglip);
  const siglipSeconds = await trainSiglip(config, tokenizer, frames, join(workDir, 'siglip'), log, signal);
  await frames.close();
  return {
    seconds: { vision: visionSeconds, language: languageSeconds, choices: choiceSeconds, siglip: siglipSeconds },
  };
}
