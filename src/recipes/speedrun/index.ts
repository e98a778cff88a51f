// The whole road once: world → curate → SFT → GRPO → evaluate → report, on real mp4 files, on one machine without a network.
// Every stage finds out by itself what an earlier run has done, so the same command continues. Run it: `npm start`.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCounts } from '../../curate/index.ts';
import { type Summary, terminalTable } from '../../report/index.ts';
import type { RunRecord } from '../../runs/index.ts';
import { ClipSource } from '../clips.ts';
import { makeBaselines, readBaselines, templateBaseline } from './baselines.ts';
import { StageClock } from './clock.ts';
import { baseOf, type SpeedrunConfig } from './config.ts';
import { evaluateModels } from './evaluation.ts';
import { curateInputs, makeInputs } from './prepare.ts';
import { reportStage } from './report.ts';
import { grpoStage, type Stage, sftStage } from './training.ts';

export { type SpeedrunConfig, speedrunConfig } from './config.ts';

export interface SpeedrunContext {
  readonly versions: RunRecord['versions'];
  readonly signal: AbortSignal;
  /** The exact command, for the report. */
  readonly command: string;
  print(line: string): void;
}

async function prepare(config: SpeedrunConfig, { versions, signal, print }: SpeedrunContext) {
  await mkdir(config.out, { recursive: true });
  const clock = await StageClock.open(join(config.out, 'stages.json'));
  const world = await clock.time('world', () => makeInputs(config, signal));
  const curated = await clock.time('curate', () => curateInputs(config, world, signal));
  print(formatCounts(curated.counts));
  const clips = new ClipSource(world.dir);
  const stage: Stage = { config, versions, clips, signal };
  const questions = world.heldOut.slice(0, config.evaluate.limit);
  return { clock, world, curated, clips, stage, questions };
}

/** Runs (or continues) everything. Errors: aborted (start again to continue), and those of the stages. */
export async function speedrun(config: SpeedrunConfig, context: SpeedrunContext): Promise<Summary> {
  const { clock, world, curated, clips, stage, questions } = await prepare(config, context);
  const baselines = await readBaselines();
  const sft = await clock.time('sft', () => sftStage(stage, curated.cot));
  const grpo = await clock.time('grpo', () => grpoStage(stage, curated.rl, sft.dir));
  const models = [
    { model: 'base' as const, dir: baseOf(config) },
    { model: 'sft' as const, dir: sft.dir },
    { model: 'rft' as const, dir: grpo.dir },
  ];
  const evaluation = await clock.time('evaluate', () => evaluateModels(stage, models, questions));
  const summary = await reportStage({
    dir: config.out,
    command: context.command,
    seconds: clock.seconds,
    peakRssMb: clock.peakRssMb,
    versions: { ...context.versions },
    counts: curated.counts,
    curationDir: curated.dir,
    evaluation: evaluation.map((row) => ({ ...row })),
    baselines,
    template: templateBaseline(world),
    sft,
    grpo,
    rl: curated.rl,
    clips,
  });
  context.print(terminalTable(summary));
  context.print(`${join(config.out, 'report.html')}  ${join(config.out, 'summary.json')}`);
  return summary;
}

/** Trains the blind and the single-frame model on the run's data, and writes their numbers. */
export async function baselines(config: SpeedrunConfig, context: SpeedrunContext, file?: string): Promise<void> {
  const { stage, world, curated, questions } = await prepare(config, context);
  const { blind, singleFrame } = await makeBaselines(stage, world, curated, questions, context.command, file);
  context.print(
    `blind ${blind.accuracy.toFixed(3)} [${blind.ci95}], one frame ${singleFrame.accuracy.toFixed(3)} [${singleFrame.ci95}]`,
  );
}
