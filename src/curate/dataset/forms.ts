// The forms in which a data set is handed on, beside its JSON lines: Parquet, ms-swift, LLaMA-Factory. Each is a folder of its own, written
// while the samples stream by. Videos and pictures go into files of their own: the `datasets` library, by which both projects read,
// takes a column's type from the first megabytes, and one that is empty there is an error later.
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { statIfPresent } from '../../base/if-present.ts';
import type { Sample } from '../../data/sample.ts';
import { columnsOf, type IdKind, parquetRow } from './columns.ts';
import { chainRow, questionRow } from './messages.ts';
import { allSinks, lineSink, parquetSink, type SampleSink } from './sink.ts';

export const formNames = ['parquet', 'ms-swift', 'llama-factory'] as const;
export type FormName = (typeof formNames)[number];

/** The data sets that have forms. */
export type SetName = 'cot' | 'rl';
const media = ['video', 'image'] as const;

interface Form {
  /** Every name that a file of this form may have. */
  readonly files: readonly string[];
  /** The sink of a data set; undefined where the form has no place for it. */
  readonly open: (folder: string, set: SetName, ids: IdKind) => SampleSink | undefined;
  /** Writes what describes the files that are there. */
  readonly describe?: (folder: string) => Promise<void>;
}

/** One file per medium that occurs. */
const perMedium = (folder: string, set: SetName, rowOf: (sample: Sample) => object): SampleSink =>
  allSinks(
    media.map((medium) =>
      lineSink(join(folder, `${set}-${medium}.jsonl`), (sample) =>
        sample.data_type === medium ? rowOf(sample) : undefined,
      ),
    ),
  );

const linesOf = (set: SetName): string[] => media.map((medium) => `${set}-${medium}.jsonl`);
const INFO = 'dataset_info.json';

/** LLaMA-Factory's index: which columns are what, of the files that are there. */
async function writeDatasetInfo(folder: string): Promise<void> {
  const entries: Record<string, object> = {};
  for (const medium of media) {
    const file_name = `cot-${medium}.jsonl`;
    if (!(await statIfPresent(join(folder, file_name)))) continue;
    entries[`videorft_cot_${medium}`] = {
      file_name,
      formatting: 'sharegpt',
      columns: { messages: 'messages', [`${medium}s`]: `${medium}s` },
      tags: { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant' },
    };
  }
  await writeFileAtomic(join(folder, INFO), `${JSON.stringify(entries, null, 2)}\n`);
}

const forms: Readonly<Record<FormName, Form>> = {
  parquet: {
    files: ['cot.parquet', 'rl.parquet'],
    open: (folder, set, ids) => {
      const columns = columnsOf(ids, set === 'cot');
      return parquetSink(join(folder, `${set}.parquet`), columns, (sample) => parquetRow(sample, columns));
    },
  },
  'ms-swift': {
    files: [...linesOf('cot'), ...linesOf('rl')],
    open: (folder, set) => perMedium(folder, set, set === 'cot' ? chainRow : questionRow),
  },
  // It fine-tunes on chains; reinforcement from verifiable answers is not among its methods.
  'llama-factory': {
    files: [...linesOf('cot'), INFO],
    open: (folder, set) => (set === 'cot' ? perMedium(folder, set, chainRow) : undefined),
    describe: writeDatasetInfo,
  },
};

export interface FormOptions {
  readonly out: string;
  readonly names: readonly FormName[];
  readonly ids: IdKind;
}

/** One data set in every form that was asked for. */
export const openForms = (set: SetName, { out, names, ids }: FormOptions): SampleSink =>
  allSinks(names.map((name) => forms[name].open(join(out, name), set, ids)).filter((sink) => sink !== undefined));

/** Once all sinks are in place: what describes them; and files of forms that are not asked for any more go. */
export async function settleForms({ out, names }: FormOptions): Promise<void> {
  for (const name of formNames) {
    const folder = join(out, name);
    if (names.includes(name)) await forms[name].describe?.(folder);
    else if (await statIfPresent(folder)) {
      for (const file of forms[name].files) await rm(join(folder, file), { force: true });
      // What somebody else has put there stays.
      if ((await readdir(folder)).length === 0) await rmdir(folder);
    }
  }
}

/** Files of all forms, below the folder of the results. */
export const formFiles: readonly string[] = formNames.flatMap((name) =>
  forms[name].files.map((file) => `${name}/${file}`),
);
