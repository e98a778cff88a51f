// `videorft ablate`: the paper's diagnostic tables for a base model. Prints the plan, makes what all arms share, trains and asks one model after
// another on the same held-out questions; each is a run directory of its own, so the same command continues. Leaves out: tables (results.ts).
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { formatDuration } from '../../base/progress.ts';
import { assertSameConfig, type RunRecord, readRecord, writeRecord } from '../../runs/record.ts';
import { ClipSource } from '../clips.ts';
import { modelFingerprint } from '../evaluation-manifest.ts';
import { microBase, modelFolder, profileOf } from '../shipped.ts';
import { StageClock } from '../speedrun/clock.ts';
import { evaluateModels } from '../speedrun/evaluation.ts';
import { grpoStage, type Stage, sftStage } from '../speedrun/training.ts';
import { type Outline, outline, type Recipe, sftKey } from './arms.ts';
import { type AblateConfig, stageConfig } from './config.ts';
import { type AblationInputs, countChains, microWorldInputs, ownInputs } from './inputs.ts';
import { type AblationManifest, manifestName, readManifestIfPresent } from './manifest.ts';
import { evaluationUnit, expectedSizes, expectTimes, formatPlan, timeLeft, unitsOf } from './plan.ts';

export { type AblateConfig, ablateConfig } from './config.ts';

export interface AblateContext {
  readonly versions: RunRecord['versions'];
  readonly signal: AbortSignal;
  /** The exact command, for the report. */
  readonly command: string;
  print(line: string): void;
}

interface Base {
  readonly name: string;
  readonly dir: string;
  /** As the stages' records name it: undefined for the shipped model. */
  readonly named: string | undefined;
  readonly stage: Omit<Stage, 'clips'>;
}

async function basesOf(config: AblateConfig, { versions, signal }: AblateContext): Promise<Base[]> {
  const folders = config.models.length > 0 ? config.models : [undefined];
  return Promise.all(
    folders.map(async (folder) => {
      const dir = folder === undefined ? microBase : await modelFolder(folder);
      const named = resolve(dir) === resolve(microBase) ? undefined : dir;
      return {
        name: dir.split(/[\\/]/).slice(-1)[0],
        dir,
        named,
        stage: { config: stageConfig(config, named), versions, signal },
      };
    }),
  );
}

type Settings = Omit<AblateConfig, 'out' | 'arms' | 'w' | 'merge' | 'dryRun' | 'threads'>;

/** The settings without what changes no result of a model: which others are trained beside it, in how many threads. `models` is the first base alone, none if shipped. */
function recordOf(config: AblateConfig, [first]: readonly Base[]): Settings {
  const { out: _, arms: __, w: ___, merge: ____, dryRun: _____, threads: ______, ...settings } = config;
  return { ...settings, models: first.named === undefined ? [] : [first.named] };
}

async function claim(out: string, settings: Settings, { versions }: AblateContext): Promise<void> {
  const file = join(out, 'config.yaml');
  const record = { command: 'ablate', config: settings, versions };
  const first = await readRecord(file);
  if (first) assertSameConfig(file, first, record, []);
  else await writeRecord(file, record);
}

interface Work {
  readonly config: AblateConfig;
  readonly context: AblateContext;
  readonly clock: StageClock;
  readonly bases: readonly Base[];
  readonly inputs: AblationInputs;
  readonly stages: readonly Stage[];
}

/** Trains what is left of a recipe; the folder of its weights. */
async function train(key: string, recipe: Recipe, { clock, bases, inputs, stages }: Work): Promise<string> {
  const { base, chains, rewards } = recipe;
  const stage = stages[base];
  const name = sftKey(recipe);
  let dir = bases[base].dir;
  if (chains !== null && name !== undefined)
    dir = (await clock.time(name, () => sftStage(stage, inputs.chains[chains], name))).dir;
  if (rewards === null) return dir;
  const from = dir;
  return (await clock.time(key, () => grpoStage(stage, inputs.rl, from, { name: key, rewards }))).dir;
}

/** Arms of an earlier start stay in the tables. */
function withEarlier(entries: Outline['entries'], earlier: AblationManifest | undefined): Outline['entries'][number][] {
  const idOf = ({ table, label }: Outline['entries'][number]) => `${table} ${label}`;
  const own = new Set(entries.map(idOf));
  return [...entries, ...(earlier?.entries.filter((entry) => !own.has(idOf(entry))) ?? [])];
}

async function writeManifest(work: Work, entries: Outline['entries']): Promise<void> {
  const { config, context, bases, inputs } = work;
  const earlier = await readManifestIfPresent(config.out);
  const models = await Promise.all(bases.map(async ({ name, dir }) => ({ name, sha256: await modelFingerprint(dir) })));
  const manifest: AblationManifest = {
    format: 'videorft-ablation/1',
    command: context.command,
    seed: config.seed,
    steps: config.grpo.steps,
    defaultW: config.grpo.w,
    models: [...models, ...(earlier?.models.slice(models.length) ?? [])],
    samples: { rl: inputs.rl.length, ...countChains(inputs) },
    asked: inputs.asked,
    settings: recordOf(config, bases),
    versions: { ...context.versions },
    entries: withEarlier(entries, earlier),
  };
  await writeFileAtomic(join(config.out, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Trains and asks everything that is left. Errors: aborted (start again to continue), run-config-changed, those of the stages. */
export async function ablate(config: AblateConfig, context: AblateContext): Promise<void> {
  const bases = await basesOf(config, context);
  const wanted = { arms: config.arms, w: config.w, models: bases.map(({ name }) => name), defaultW: config.grpo.w };
  const planned = outline(wanted);
  const clock = await StageClock.open(join(config.out, 'stages.json'));
  const own = await ownInputs(config);
  const sizes = own ? { chains: countChains(own), asked: own.asked.count } : expectedSizes(config);
  const units = unitsOf(planned, config, sizes);
  const isShipped = (base: number) => bases[base].named === undefined;
  const left = () => expectTimes(units, clock, isShipped);
  context.print(formatPlan(left(), config.out));
  if (config.dryRun) return;
  await mkdir(config.out, { recursive: true });
  await claim(config.out, recordOf(config, bases), context);
  const inputs = own ?? (await microWorldInputs(config, clock, context.signal));
  const stages = await Promise.all(
    bases.map(async ({ dir, stage }) => {
      const profile = await profileOf(dir, 'paperTrain');
      return { ...stage, clips: new ClipSource(inputs.mediaRoot, { profile }) };
    }),
  );
  const work: Work = { config, context, clock, bases, inputs, stages };
  await writeManifest(work, planned.entries);
  let at = 0;
  for (const [key, recipe] of planned.recipes) {
    const { seconds, known } = timeLeft(left());
    context.print(
      `${++at} of ${planned.recipes.size}: ${key}; ${formatDuration(seconds)}${known ? '' : ' or more'} left`,
    );
    const dir = await train(key, recipe, work);
    const model = { model: key, dir };
    await clock.time(evaluationUnit(key), () => evaluateModels(stages[recipe.base], [model], inputs.questions));
  }
}
