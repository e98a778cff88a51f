// `videorft export`: samples, configuration, scripts and reward server for a trainer of others, in one folder. Written again, the same inputs
// give the same files. Leaves out: what each trainer wants (engines/), trying the result (check.ts).
import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { VideorftError } from '../../base/errors.ts';
import { isFile, readTextIfPresent } from '../../base/if-present.ts';
import { toLine } from '../../data/write.ts';
import { countReasons } from '../set-aside.ts';
import { modelFolder } from '../shipped.ts';
import type { ExportConfig } from './config.ts';
import { writeData } from './data.ts';
import type { Engine, Launch, Stage, StageData } from './engine.ts';
import { engines } from './engines/index.ts';
import { countsLine, launchReadme, type StageCounts } from './readme.ts';
import { probeRequest, rewardsYaml } from './rewards-files.ts';
import { type StageSamples, stageSamples } from './samples.ts';
import { launchScript } from './script.ts';
import { toArguments, toYaml } from './settings.ts';

const integrations = join(import.meta.dirname, '../../../integrations');
const stages = ['sft', 'grpo'] as const;

export interface Exported {
  readonly out: string;
  readonly engine: Engine;
  readonly counts: { readonly [S in Stage]?: StageCounts };
  /** What was asked for and is not there, with reasons. */
  readonly missing: readonly string[];
}

/** A name on the Hub stays; a folder or a run is where its model lies. */
async function modelOf(model: string): Promise<string> {
  const folder = await modelFolder(model);
  return (await isFile(join(folder, 'config.json'))) ? resolve(folder) : model;
}

/** Another trainer's files in between would be taken for this one's. */
async function refuseOtherLaunch(out: string, name: string): Promise<void> {
  const text = await readTextIfPresent(join(out, 'launch.json'));
  const there = text === undefined ? name : (JSON.parse(text) as { engine: string }).engine;
  if (there === name) return;
  throw new VideorftError(`${out} holds a launch for ${there}`, { code: 'export-other', fix: 'choose another --out' });
}

/** Of a place on the cluster: what bash would expand, and what trainers split lists and revisions at, may not be in it. */
function plainPath(path: string): string {
  const odd = /["'$`\\,@\n]/.exec(path)?.[0];
  if (odd === undefined) return path;
  throw new VideorftError(`a path holds ${JSON.stringify(odd)}, which scripts or trainers take for something else`, {
    code: 'export-path',
    facts: { path },
    fix: 'choose another folder, or name its place on the cluster: --at, --media-at',
  });
}

function wantedStages(engine: Engine, { cot, rl }: ExportConfig): Stage[] {
  const given = stages.filter((stage) => (stage === 'sft' ? cot : rl).length > 0);
  const wanted = given.filter((stage) => engine.stages[stage]);
  if (wanted.length > 0) return wanted;
  const why = given.map((stage) => engine.missing[stage]);
  throw new VideorftError(
    given.length > 0 ? `${engine.title} cannot be given these samples` : 'no samples were named',
    {
      code: 'export-nothing',
      facts: { why: why.join('; ') || undefined },
      fix: `name files for ${Object.keys(engine.stages)
        .map((stage) => (stage === 'sft' ? 'SFT: --cot cot.jsonl' : 'GRPO: --rl rl.jsonl'))
        .join(', ')}`,
    },
  );
}

const countsOf = ({ samples, leftOut, total }: StageSamples): StageCounts => ({
  total,
  written: samples.length,
  leftOut: leftOut.length,
  reasons: countReasons(leftOut),
});

async function writeStage(engine: Engine, stage: Stage, launch: Launch, out: string, data: StageData): Promise<void> {
  const spec = engine.stages[stage];
  if (!spec) return;
  const heading = `${stage.toUpperCase()} with ${engine.title}: the paper's full-parameter run on ${launch.gpus} GPUs. Written by videorft export.`;
  const render = spec.form === 'yaml' ? toYaml : toArguments;
  await writeFileAtomic(join(out, `${stage}.${spec.form}`), render(spec.settings(launch, data), heading));
  const script = join(out, `${stage}.sh`);
  await writeFileAtomic(script, launchScript(engine, stage, launch));
  await chmod(script, 0o755);
}

async function writeRewards(
  engine: Engine,
  config: ExportConfig,
  launch: Launch,
  { samples }: StageSamples,
): Promise<void> {
  await writeFileAtomic(join(config.out, 'rewards.yaml'), rewardsYaml(config, launch.mediaAt));
  await writeFileAtomic(join(config.out, 'probe.json'), probeRequest(samples[0]));
  if (!engine.shim) return;
  await copyFile(join(integrations, engine.name, 'videorft_rewards.py'), join(config.out, 'videorft_rewards.py'));
}

/** Files of a stage that an earlier export wrote and this one does not. */
async function removeStage(stage: Stage, out: string): Promise<void> {
  const also = stage === 'grpo' ? ['rewards.yaml', 'probe.json', 'videorft_rewards.py'] : [];
  for (const name of [`${stage}.yaml`, `${stage}.args`, `${stage}.sh`, ...also])
    await rm(join(out, name), { force: true });
}

/** Errors: inputs-…, media-…, export-…; what is not a sample or not usable is left out or refused by `maxSetAside`. */
export async function exportLaunch(config: ExportConfig, signal?: AbortSignal): Promise<Exported> {
  const engine = engines[config.for];
  const wanted = wantedStages(engine, config);
  const { out, mediaRoot, gpus, sft, grpo } = config;
  await mkdir(out, { recursive: true });
  await refuseOtherLaunch(out, engine.name);
  const launch: Launch = {
    ...{ at: plainPath(config.at ?? resolve(out)), mediaAt: plainPath(config.mediaAt ?? resolve(mediaRoot)) },
    ...{ model: await modelOf(config.model), gpus, stages: wanted, sft, grpo },
  };
  const counts: { [S in Stage]?: StageCounts } = {};
  const described: { [S in Stage]?: object } = {};
  const leftOut: object[] = [];
  for (const stage of stages) {
    if (!wanted.includes(stage)) {
      await removeStage(stage, out);
      continue;
    }
    const input = await stageSamples(engine, stage, config, signal);
    const data = await writeData(engine, stage, input, { launch, out });
    await writeStage(engine, stage, launch, out, data);
    if (stage === 'grpo') await writeRewards(engine, config, launch, input);
    counts[stage] = countsOf(input);
    leftOut.push(...input.leftOut.map((row) => ({ stage, ...row })));
    described[stage] = { config: `${stage}.${engine.stages[stage]?.form}`, ...data, counts: counts[stage] };
  }
  for (const [name, text] of Object.entries(engine.extra ?? {})) await writeFileAtomic(join(out, name), text);
  for (const name of ['check.py', 'check_tools.py', `${engine.name}/check_trainer.py`])
    await copyFile(join(integrations, name), join(out, basename(name)));
  await writeFileAtomic(join(out, 'leftout.jsonl'), leftOut.map((row) => `${toLine(row)}\n`).join(''));
  await writeFileAtomic(join(out, 'README.md'), launchReadme({ engine, launch, config, counts }));
  const { at, mediaAt, model } = launch;
  const written = { engine: engine.name, at, mediaAt, model, gpus, stages: described };
  await writeFileAtomic(join(out, 'launch.json'), `${JSON.stringify(written, null, 2)}\n`);
  const asked = stages.filter((stage) => (stage === 'sft' ? config.cot : config.rl).length > 0);
  return {
    out,
    engine,
    counts,
    missing: asked.flatMap((stage) => (wanted.includes(stage) ? [] : (engine.missing[stage] ?? []))),
  };
}

export function formatExported({ out, engine, counts, missing }: Exported): string[] {
  const lines = stages.flatMap((stage) => {
    const found = counts[stage];
    return found ? [countsLine(stage, found)] : [];
  });
  return [
    ...lines,
    ...missing.map((why) => `not written: ${why}`),
    `${out}: a launch for ${engine.title}; README.md in it says what to do`,
  ];
}
