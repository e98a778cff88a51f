// Baselines that show the questions need the video. The template baseline is computed in every run; the blind and the single-frame
// models are trained once by `videorft baselines` with the same data and steps as SFT, and shipped as numbers (assets/baselines.json).
import { join } from 'node:path';
import { z } from 'zod';
import { EmbeddedBackend } from '../../backends/embedded/index.ts';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent } from '../../base/if-present.ts';
import { evaluate } from '../../evaluate/index.ts';
import { loadVideoLanguageModel } from '../../models/index.ts';
import { solutionText } from '../../prompt/parse.ts';
import { accuracyInterval } from '../../report/index.ts';
import { accuracyReward } from '../../rewards/index.ts';
import { learnBlindAnswers, type WorldRow } from '../../world/index.ts';
import { ClipSource, type View } from '../clips.ts';
import { assetsDir } from '../shipped.ts';
import type { Curated, World } from './prepare.ts';
import { type Stage, sftStage } from './training.ts';

const score = z.object({ accuracy: z.number(), ci95: z.tuple([z.number(), z.number()]), n: z.number() });
const baselinesSchema = z.object({ command: z.string(), blind: score, singleFrame: score });
export type Baselines = z.infer<typeof baselinesSchema>;
export type Score = z.infer<typeof score>;

export const baselinesFile = join(assetsDir, 'baselines.json');

/** The shipped numbers. Throws 'baselines-missing' with the command that makes them. */
export async function readBaselines(file = baselinesFile): Promise<Baselines> {
  const text = await readTextIfPresent(file);
  if (text !== undefined) return baselinesSchema.parse(JSON.parse(text));
  throw new VideorftError('the numbers of the baselines are missing', {
    code: 'baselines-missing',
    facts: { file },
    fix: 'run videorft baselines once',
  });
}

const scored = (rows: readonly { path: string; strict: number }[]): Score => {
  const { estimate, low, high } = accuracyInterval(rows.map((r) => ({ cluster: r.path, value: r.strict })));
  return { accuracy: estimate, ci95: [low, high], n: rows.length };
};

/** The best answer per question template, learnt from the training rows. */
export function templateBaseline(world: Pick<World, 'train' | 'heldOut'>): Score {
  const guess = learnBlindAnswers(world.train.map((row) => ({ ...row, answer: solutionText(row.solution) })));
  return scored(world.heldOut.map((row) => ({ path: row.path, strict: accuracyReward(row, guess(row)).value })));
}

/** SFT under a view that takes the video (or all frames but one) away, scored thinking and strict on the same questions. */
async function trainedUnder(
  view: View,
  stage: Stage,
  world: World,
  curated: Curated,
  questions: readonly WorldRow[],
): Promise<Score> {
  const clips = new ClipSource(world.dir, { view });
  const trained = await sftStage({ ...stage, clips }, curated.cot, `baseline-${view}`);
  const { config, signal } = stage;
  const backend = new EmbeddedBackend(await loadVideoLanguageModel(trained.dir), { threads: config.threads });
  const rows = await evaluate(backend, questions, (s) => clips.prompt(s), join(config.out, `baseline-${view}.jsonl`), {
    maxTokens: config.grpo.maxTokens,
    temperature: 0,
    seed: config.seed,
    signal,
  });
  await backend.close();
  return scored(rows.filter((r) => r.error === null));
}

/** Trains and scores both, and writes `file`. */
export async function makeBaselines(
  stage: Stage,
  world: World,
  curated: Curated,
  questions: readonly WorldRow[],
  command: string,
  file = baselinesFile,
): Promise<Baselines> {
  const blind = await trainedUnder('blind', stage, world, curated, questions);
  const singleFrame = await trainedUnder('single-frame', stage, world, curated, questions);
  const baselines = { command, blind, singleFrame };
  await writeFileAtomic(file, `${JSON.stringify(baselines, null, 2)}\n`);
  return baselines;
}
