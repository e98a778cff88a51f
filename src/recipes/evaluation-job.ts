// From the configuration of `eval` to an evaluation: samples read and drawn, model folder found, prompts under profile and mode, and the
// record under which the rows may be continued. Leaves out: asking and scoring (evaluation.ts).

import { subsample } from '../data/index.ts';
import type { EvaluatedRow } from '../evaluate/index.ts';
import type { RunRecord } from '../runs/index.ts';
import { ClipSource } from './clips.ts';
import type { EvaluationJob } from './evaluation.ts';
import type { EvaluationConfig } from './evaluation-config.ts';
import { fingerprint, type Inputs, readInputs, refuseWrongRoot } from './inputs.ts';
import { countReasons, SetAsideLog } from './set-aside.ts';
import { microBase, modelFolder, profileOf } from './shipped.ts';

export interface PreparedEvaluation {
  readonly job: EvaluationJob;
  readonly inputs: Inputs;
}

/** Reads, draws and resolves. Rows that are no samples are set aside; media that cannot be read become rows with an error. */
export async function prepareEvaluation(
  config: EvaluationConfig,
  { versions, signal }: { readonly versions: RunRecord['versions']; readonly signal: AbortSignal },
): Promise<PreparedEvaluation> {
  const { out, mediaRoot, mode, temperature, topP, maxTokens, seed, embedder, engine, retryErrors, ...rest } = config;
  const named = rest.model === undefined ? undefined : await modelFolder(rest.model);
  const model = named ?? microBase;
  const profile = rest.profile ?? (await profileOf(model, 'paperEval'));
  const inputs = await readInputs(rest.data, { maxShare: 1 });
  const samples = subsample(inputs.samples, rest.limit ?? inputs.samples.length, seed);
  await refuseWrongRoot(samples, mediaRoot);
  await SetAsideLog.begin(`${out.replace(/\.jsonl$/, '')}.setaside.jsonl`, inputs.setAside);
  const clips = new ClipSource(mediaRoot, { profile });
  const { out: _, ...settings } = config;
  return {
    inputs,
    job: {
      out,
      record: {
        command: 'eval',
        config: { ...settings, model: named, profile, samples: fingerprint(samples) },
        versions,
      },
      model,
      samples,
      load: (sample) => clips.prompt(sample, mode),
      embedder,
      options: { maxTokens, temperature, topP, seed, signal },
      backend: engine,
      retryErrors,
    },
  };
}

/** The line that adds up. */
export function formatAnswered({ inputs, job }: PreparedEvaluation, rows: readonly EvaluatedRow[]): string {
  const failed = rows.flatMap(({ error }) => (error === null ? [] : { reason: error }));
  const parts = [
    `answered ${rows.length - failed.length}`,
    `errors ${failed.length}`,
    `set aside ${inputs.setAside.length}`,
    `not drawn ${inputs.samples.length - job.samples.length}`,
  ];
  const reasons = countReasons([...failed, ...inputs.setAside]);
  return `samples: in ${inputs.total} = ${parts.join(' + ')}${reasons ? ` (${reasons})` : ''}`;
}
