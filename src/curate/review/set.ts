// What can be reviewed: the output folder of a curation, or any file of JSON lines with samples; which files hold its bins, and where the review of
// it is kept. Leaves out: reading rows.
import { basename, dirname, extname, join, resolve } from 'node:path';
import { readConfigFile } from '../../base/config.ts';
import { VideorftError } from '../../base/errors.ts';
import { isFile, statIfPresent } from '../../base/if-present.ts';
import { inspectFile } from '../../media/container.ts';

/** Where rows are before the review. */
export const bins = ['kept', 'rejected', 'quarantined'] as const;
export type Bin = (typeof bins)[number];

export interface ReviewSet {
  /** The folder or file, as it was given. */
  readonly name: string;
  /** Where decisions and their results go; made when something is written. */
  readonly folder: string;
  readonly files: Readonly<Partial<Record<Bin, string>>>;
  /** Of a curation: the whole pool in the order of the input, and what the answers took. */
  readonly curation?: { readonly out: string; readonly pool: string; readonly provenance: string };
  /** Folder that the paths of the samples start from. */
  readonly mediaRoot: string | undefined;
  /** Where the curation's answers are. */
  readonly state?: string;
}

const REVIEW = 'review';
const FILES = ['cot', 'rejected', 'quarantined', 'rl', 'provenance'];

/** The curation whose reviewed set `folder` holds; undefined for any other folder. */
export async function curationOf(folder: string): Promise<string | undefined> {
  const path = resolve(folder);
  const out = dirname(path);
  return basename(path) === REVIEW && (await isFile(join(out, 'counts.json'))) ? out : undefined;
}

/** The set that `path` names. Throws 'review-nothing' where there is none. */
export async function findReviewSet(path: string, mediaRoot?: string): Promise<ReviewSet> {
  const found = await statIfPresent(path);
  if (found?.isDirectory()) return curationSet(path, mediaRoot);
  if (found?.isFile()) return fileSet(path, mediaRoot);
  throw nothing(
    path,
    'there is no such folder or file',
    'Give the output folder of videorft curate, or a .jsonl file.',
  );
}

async function curationSet(out: string, given: string | undefined): Promise<ReviewSet> {
  const at = (name: string) => join(out, name);
  if (!(await isFile(at('counts.json')))) {
    const config = await isFile(at('config.yaml'));
    throw nothing(
      out,
      config ? 'this curation has no results yet' : 'this folder is no output of videorft curate',
      config ? 'Let videorft curate come to its end.' : 'Give the output folder of a curation, or a .jsonl file.',
    );
  }
  for (const name of FILES)
    if (!(await isFile(at(`${name}.jsonl`))))
      throw nothing(
        out,
        `${name}.jsonl is not there`,
        'Run videorft curate again: it asks nobody twice and writes all files anew.',
      );
  const config = (await isFile(at('config.yaml'))) ? await readConfigFile(at('config.yaml')) : {};
  const mediaRoot = given ?? (typeof config.mediaRoot === 'string' ? config.mediaRoot : undefined);
  return {
    name: out,
    folder: at(REVIEW),
    files: { kept: at('cot.jsonl'), rejected: at('rejected.jsonl'), quarantined: at('quarantined.jsonl') },
    curation: { out, pool: at('rl.jsonl'), provenance: at('provenance.jsonl') },
    mediaRoot: mediaRoot && resolve(mediaRoot),
    state: typeof config.state === 'string' ? config.state : 'sqlite',
  };
}

async function fileSet(file: string, mediaRoot: string | undefined): Promise<ReviewSet> {
  const { head, kind } = await inspectFile(file);
  if (kind !== 'text' || !new TextDecoder().decode(head).trimStart().startsWith('{'))
    throw nothing(
      file,
      'this is no file of JSON lines',
      'Make one of it: videorft ingest reads JSON, CSV, Parquet and archives of them, and writes JSON lines.',
    );
  return {
    name: file,
    folder: join(dirname(file), `${basename(file, extname(file))}.${REVIEW}`),
    files: { kept: file },
    mediaRoot: resolve(mediaRoot ?? dirname(file)),
  };
}

const nothing = (path: string, reason: string, fix: string) =>
  new VideorftError(`There is nothing to review: ${reason}.`, { code: 'review-nothing', facts: { path }, fix });
