// Makes the micro base model and the micro SigLIP from nothing: tokenizer, language tower on look-ups, vision tower on dense truth,
// whole model on roll calls, interviews and conversations, SigLIP on frames and captions. Training compositions only.
// Run it: `videorft pretrain --help`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { appendJsonl } from '../../base/jsonl.ts';
import { createRng, hash32 } from '../../base/rng.ts';
import type { Buffer } from '../../engine/index.ts';
import { micro } from '../../media/index.ts';
import { initWeights } from '../../models/init.ts';
import type { ModelConfig } from '../../models/qwen2_5_vl/config.ts';
import { weightShapes } from '../../models/qwen2_5_vl/graphs.ts';
import { qwenModel } from '../../models/qwen2_5_vl/index.ts';
import { writePreprocessorConfig } from '../../models/qwen2_5_vl/preprocessor.ts';
import type { Tokenizer } from '../../models/tokenizer/load.ts';
import type { Scene } from '../../world/scene.ts';
import { wordTokens } from './cell-words.ts';
import { type PretrainConfig, smallModelConfig } from './config.ts';
import { conversation, interview, rollCall, type Turn } from './conversation.ts';
import { microTokenizer } from './corpus.ts';
import { LanguageTrainer } from './language.ts';
import { collectExercises, copyRow, lookupRow } from './lookup.ts';
import type { Model, WeightedRow } from './rows.ts';
import { SceneStream } from './scenes.ts';
import { trainSiglip } from './siglip.ts';
import { runStage } from './stage.ts';
import { VisionTrainer } from './vision.ts';

/** Scenes of different stages come from different seeds. */
export const SEEDS = {
  lookup: 404,
  vision: 101,
  rollCall: 606,
  interview: 505,
  refresh: 707,
  retell: 808,
  language: 202,
  siglip: 303,
};
const VOCAB_STEP = 64;

/** Rows of a step of look-ups, for each row of a step of clips. */
const LOOKUP_ROWS = 2.5;

/** Steps of a block, whose batches are shuffled. */
const BLOCK = 8;

/** Batches by step from a maker of whole blocks; the order inside a block is shuffled by its number. */
function blocks<T>(size: number, make: (block: number) => Promise<T[]>): (step: number) => Promise<T> {
  let current: { block: number; batches: T[] } | undefined;
  return async (step) => {
    const block = Math.floor(step / size);
    if (current?.block !== block) current = { block, batches: createRng(block).shuffle(await make(block)) };
    return current.batches[step % size];
  };
}

export interface PretrainResult {
  readonly seconds: Record<string, number>;
}

type Log = (row: Record<string, number | string>) => Promise<void>;

/** What the stages share. */
interface Making {
  readonly config: PretrainConfig;
  readonly workDir: string;
  readonly tokenizer: Tokenizer;
  readonly model: ModelConfig;
  readonly weights: Record<string, Buffer>;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Scenes of a stage: its own seed, so that no stage repeats another's clips. */
const stream = ({ config }: Making, stage: keyof typeof SEEDS) =>
  new SceneStream(config.seed * 1000 + SEEDS[stage], config.codecShare);

/** The base model over the weights in the making. */
function baseModel({ model, weights, tokenizer }: Making) {
  const pixels = { min: micro.min_pixels, max: micro.max_pixels };
  return qwenModel(model, weights, tokenizer, writePreprocessorConfig(model.vision, pixels));
}

/** Batches of look-ups; `step` makes them harder. */
function lookupMaker({ config, tokenizer }: Making, base: Model) {
  const seed = config.seed * 1000 + SEEDS.lookup;
  const exercises = collectExercises(seed);
  return (name: string, rows: number, step: number, copies = 0): WeightedRow[] => {
    const rng = createRng(hash32(`${seed}/${name}`));
    return Array.from({ length: rows }, (_, i) =>
      i < copies ? copyRow(base, tokenizer, exercises, rng) : lookupRow(base, tokenizer, exercises, rng, step),
    );
  };
}

/** Stage 1: the language tower on looking options up. Each stage returns the seconds of this process. */
async function lookupStage(making: Making): Promise<number> {
  const { config, workDir, tokenizer, log, signal } = making;
  const base = baseModel(making);
  const rows = lookupMaker(making, base);
  const language = new LanguageTrainer(base, tokenizer, { threads: config.threads }, 0);
  const seconds = await runStage<WeightedRow[]>(
    {
      name: 'lookup',
      dir: join(workDir, 'lookup'),
      steps: config.lookupSteps,
      learningRate: config.lookupRate,
      trainer: language.trainer,
      makeBatch: async (step) => rows(String(step), config.lookupRows, step),
      step: (batch, rate) => language.step(batch, rate),
      signal,
    },
    log,
  );
  await language.trainer.dispose();
  return seconds;
}

/** Stage 2: `visual.*` on dense truth. */
async function visionStage(making: Making): Promise<number> {
  const { config, workDir, model, weights, log, signal } = making;
  const { seed, threads } = config;
  const scenes = stream(making, 'vision');
  const vision = new VisionTrainer(model, weights, wordTokens(making.tokenizer), { seed, threads });
  const seconds = await runStage(
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
  return seconds;
}

interface LanguageSettings {
  readonly name: 'rollCall' | 'interview' | 'refresh' | 'language' | 'retell';
  readonly steps: number;
  readonly clips: number;
  readonly learningRate: number;
  /** Look-ups among the eight batches of a block; the others are clips. */
  readonly lookups: number;
  /** Share of their rows that copy a question instead. */
  readonly copyShare?: number;
  readonly converse: (scene: Scene) => Turn[];
}

/** A stage of the whole model on conversations about clips, with look-ups among them. */
async function languageStage(making: Making, settings: LanguageSettings): Promise<number> {
  const { config, workDir, tokenizer, log, signal } = making;
  const { name, steps, clips, learningRate, lookups, copyShare = 0, converse } = settings;
  const base = baseModel(making);
  const scenes = stream(making, name);
  const rows = Math.round(clips * LOOKUP_ROWS);
  const exercises = lookupMaker(making, base);
  const language = new LanguageTrainer(base, tokenizer, { threads: config.threads });
  const seconds = await runStage<WeightedRow[]>(
    {
      name,
      dir: join(workDir, name),
      steps,
      learningRate,
      trainer: language.trainer,
      makeBatch: blocks(BLOCK, async (block) => {
        const clipSteps = BLOCK - lookups;
        return [
          ...language.block(await scenes.batch(block, clips * clipSteps), clipSteps, converse),
          ...Array.from({ length: lookups }, (_, i) =>
            exercises(`${name}/${block}/${i}`, rows, config.lookupSteps, Math.round(rows * copyShare)),
          ),
        ];
      }),
      step: (rows, rate) => language.step(rows, rate),
      signal,
    },
    log,
  );
  await language.trainer.dispose();
  await scenes.close();
  return seconds;
}

const mixed = (scene: Scene): Turn[] => (scene.seed % 3 === 0 ? interview(scene) : conversation(scene));

/** Stages 3 to 7: from the fewest words a truth to the real prompts. LOG.md says what each is for. */
function languageStages(c: PretrainConfig): LanguageSettings[] {
  const rollCalls = { steps: c.rollCallSteps, clips: c.rollCallClips, learningRate: c.rollCallRate };
  const interviews = { clips: c.interviewClips, learningRate: c.interviewRate, converse: interview };
  const conversations = { clips: c.languageClips, learningRate: c.languageRate, converse: mixed };
  return [
    { name: 'rollCall', ...rollCalls, lookups: 1, converse: rollCall },
    { name: 'interview', ...interviews, steps: c.interviewSteps, lookups: 1 },
    // What the two before have worn: without it no letter is found beside a clip.
    { name: 'refresh', ...interviews, steps: c.refreshSteps, lookups: 5 },
    { name: 'language', ...conversations, steps: c.languageSteps, lookups: 2 },
    { name: 'retell', ...conversations, steps: c.retellSteps, lookups: 3, copyShare: 0.5 },
  ];
}

/** The last stage: SigLIP; writes micro-siglip/. */
async function siglipStage(making: Making): Promise<number> {
  const { config, workDir, tokenizer, log, signal } = making;
  const frames = stream(making, 'siglip');
  const seconds = await trainSiglip(config, tokenizer, frames, join(workDir, 'siglip'), log, signal);
  await frames.close();
  return seconds;
}

/** Folder of a base model in `config.out`. */
export const baseFolder = ({ size }: Pick<PretrainConfig, 'size'>): string => `${size}-base`;

/** Runs (or continues) all stages in `workDir`, and writes micro-base/ (or nano-base/) and micro-siglip/ (f16) into `config.out`. */
export async function pretrain(config: PretrainConfig, workDir: string, signal?: AbortSignal): Promise<PretrainResult> {
  await mkdir(workDir, { recursive: true });
  const log: Log = (row) => appendJsonl(join(workDir, 'metrics.jsonl'), row);
  const tokenizer = microTokenizer(config.seed);
  const vocabulary = Math.ceil(tokenizer.size / VOCAB_STEP) * VOCAB_STEP;
  const model = smallModelConfig(config.size, vocabulary, (t) => tokenizer.idOf(t));
  const weights = initWeights(weightShapes(model), createRng(config.seed), model.text.num_hidden_layers);
  const making: Making = { config, workDir, tokenizer, model, weights, log, signal };
  const seconds: Record<string, number> = { lookup: await lookupStage(making), vision: await visionStage(making) };
  for (const stage of languageStages(config)) seconds[stage.name] = await languageStage(making, stage);
  await baseModel(making).save(join(config.out, baseFolder(config)), weights, 'f16');
  if (config.siglipSteps > 0) seconds.siglip = await siglipStage(making);
  return { seconds };
}
