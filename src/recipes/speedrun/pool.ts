// Several runs of the main job as one experiment: every question of every seed once, the gain of RFT over SFT paired question by
// question, intervals over whole videos. Reads the runs' evaluation rows. Leaves out: drawing.
import { join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { readJsonl } from '../../base/jsonl.ts';
import type { EvaluatedRow } from '../../evaluate/index.ts';
import { accuracyInterval, type Interval, type KeyedValue, models, pairedBootstrap } from '../../report/index.ts';

export interface PooledModel {
  readonly model: (typeof models)[number];
  /** Thinking, strict; of each run in the order given, and of all. */
  readonly runs: readonly Interval[];
  readonly pooled: Interval;
}

export interface Pooled {
  readonly models: readonly PooledModel[];
  /** Distinct questions, seeds told apart. */
  readonly n: number;
  readonly rftMinusSft: Interval;
}

/** Rows of a model in a run, with the run's folder in keys and clusters: seeds draw different clips under equal names. */
async function keyedRows(dir: string, model: string): Promise<KeyedValue[]> {
  const file = join(dir, 'evaluation', `${model}-think.jsonl`);
  const { rows } = await readJsonl<EvaluatedRow>(file);
  if (rows.length === 0)
    throw new VideorftError('this run has no evaluation yet', {
      code: 'pool-run',
      facts: { file },
      fix: `finish it: videorft speedrun --out ${dir} with the run's own flags`,
    });
  return rows
    .filter((row) => row.error === null)
    .map((row) => ({ key: `${dir}/${row.id}`, cluster: `${dir}/${row.path}`, value: row.strict }));
}

/** Errors: 'pool-run' where a run is not evaluated, 'statistics-unpaired' where SFT and RFT answered different questions. */
export async function poolRuns(dirs: readonly string[]): Promise<Pooled> {
  const byModel = await Promise.all(models.map((model) => Promise.all(dirs.map((dir) => keyedRows(dir, model)))));
  const rowsOf = (model: (typeof models)[number]) => byModel[models.indexOf(model)].flat();
  return {
    models: models.map((model, i) => ({
      model,
      runs: byModel[i].map((rows) => accuracyInterval(rows)),
      pooled: accuracyInterval(rowsOf(model)),
    })),
    n: rowsOf('rft').length,
    rftMinusSft: pairedBootstrap(rowsOf('rft'), rowsOf('sft')),
  };
}
