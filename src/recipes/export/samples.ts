// Sample files → the samples of a stage and those left out, each with its reason: in = written + left out. Leaves out: writing them (data.ts).
import { reasonOf, VideorftError } from '../../base/errors.ts';
import type { Sample } from '../../data/sample.ts';
import { targetText } from '../../prompt/train.ts';
import { readInputs } from '../inputs.ts';
import type { SetAsideRow } from '../set-aside.ts';
import type { ExportConfig } from './config.ts';
import type { Engine, Frames, Stage } from './engine.ts';
import { writeFrames } from './frames.ts';

export interface StageSamples {
  readonly samples: readonly Sample[];
  readonly leftOut: readonly SetAsideRow[];
  readonly total: number;
  /** By the sample's path; empty where the trainer reads videos. */
  readonly frames: ReadonlyMap<string, Frames>;
}

const row = (sample: Sample, reason: string): SetAsideRow => ({
  id: String(sample.problem_id),
  path: sample.path,
  reason,
});

/** The medium that more samples are of. */
function commonMedium(samples: readonly Sample[]): Sample['data_type'] {
  const videos = samples.filter(({ data_type }) => data_type === 'video');
  return videos.length * 2 >= samples.length ? 'video' : 'image';
}

/** Throws 'export-too-many-bad' when more than the allowed share of all has to be left out, or all that could be written. */
function refuseTooMany(bad: ReadonlyMap<Sample, VideorftError>, left: number, total: number, maxShare: number): void {
  if (bad.size <= maxShare * total && bad.size < left) return;
  const [[sample, error]] = bad;
  throw new VideorftError(`${bad.size} of ${total} samples cannot be written`, {
    code: 'export-too-many-bad',
    facts: { sample: sample.problem_id, path: sample.path, reason: reasonOf(error), ...error.facts },
    fix: `${error.fix ?? 'correct the sample'}, or allow more to be left out: --max-set-aside`,
  });
}

/** Reads and checks the samples of a stage, and writes their frames where the trainer wants them. Errors: inputs-…, export-too-many-bad. */
export async function stageSamples(
  engine: Engine,
  stage: Stage,
  config: ExportConfig,
  signal?: AbortSignal,
): Promise<StageSamples> {
  const { mediaRoot, maxSetAside, out } = config;
  const [files, check] = stage === 'sft' ? [config.cot, targetText] : [config.rl, undefined];
  const inputs = await readInputs(files, { mediaRoot, check, maxShare: maxSetAside });
  const { data } = engine;
  const kept = data.kind === 'rows' && data.oneMedium ? commonMedium(inputs.samples) : undefined;
  const isOther = ({ data_type }: Sample) => kept !== undefined && data_type !== kept;
  const why = `export-one-medium: the trainer takes one kind of medium in a run, and most are ${kept}s`;
  const others = inputs.samples.filter(isOther).map((sample) => row(sample, why));
  const left = inputs.samples.filter((sample) => !isOther(sample));
  const below = data.kind === 'rows' ? data.frames?.(stage) : undefined;
  const setAside = [...inputs.setAside, ...others];
  if (below === undefined) return { samples: left, leftOut: setAside, total: inputs.total, frames: new Map() };
  const { frames, failed } = await writeFrames({ samples: left, mediaRoot, out, below, signal });
  const bad = new Map(
    left.flatMap((sample) => {
      const error = failed.get(sample.path);
      return error ? [[sample, error] as const] : [];
    }),
  );
  refuseTooMany(bad, left.length, inputs.total, maxSetAside);
  const unreadable = [...bad].map(([sample, error]) => row(sample, reasonOf(error)));
  return {
    samples: left.filter((sample) => !bad.has(sample)),
    leftOut: [...setAside, ...unreadable],
    total: inputs.total,
    frames,
  };
}
