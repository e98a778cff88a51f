// What of a curation's folder is published: the data set in all its forms, its card and figures, its paper trail. Not what belongs to the
// machine (configuration, state, bill) nor what was dropped. Leaves out: sending (push.ts).
import { createReadStream } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { readTextIfPresent, statIfPresent } from '../../base/if-present.ts';
import type { CurationCounts } from '../counts.ts';
import { figureFile, figureNames } from '../dataset/card-figures.ts';
import { formFiles } from '../dataset/forms.ts';

export interface PublishedFile {
  /** Below the folder, and in the repository. */
  readonly path: string;
  readonly bytes: number;
}

const names: readonly string[] = [
  'README.md',
  ...figureNames.map(figureFile),
  'cot.jsonl',
  'rl.jsonl',
  'cot-unrefined.jsonl',
  ...formFiles,
  'counts.json',
  'provenance.jsonl',
];

/** The files that are there and match no `exclude` pattern. Throws `push-no-dataset`, `push-incomplete`. */
export async function publishedFiles(folder: string, exclude: readonly string[]): Promise<PublishedFile[]> {
  await requireWhole(folder);
  const files: PublishedFile[] = [];
  for (const path of names) {
    if (exclude.some((pattern) => matchesGlob(path, pattern))) continue;
    const found = await statIfPresent(join(folder, path));
    if (found?.isFile()) files.push({ path, bytes: found.size });
  }
  return files;
}

/** The text of counts.json. Throws `push-no-dataset` where there is none, or no card. */
export async function requireDataset(folder: string): Promise<string> {
  const text = await readTextIfPresent(join(folder, 'counts.json'));
  const card = await statIfPresent(join(folder, 'README.md'));
  if (text !== undefined && card) return text;
  throw new VideorftError(`There is no finished data set with a card in ${folder}.`, {
    code: 'push-no-dataset',
    facts: { folder, counts: text !== undefined, card: card !== undefined },
    fix: 'Give the folder of a curation that has ended (out), and leave output.card on.',
  });
}

/** counts.json is written last: what it counts must be there. */
async function requireWhole(folder: string): Promise<void> {
  const text = await requireDataset(folder);
  const counts = JSON.parse(text) as CurationCounts;
  for (const [name, wanted] of [
    ['rl', counts.rl],
    ['cot', counts.kept],
  ] as const) {
    const rows = await countLines(join(folder, `${name}.jsonl`));
    if (rows === wanted) continue;
    throw new VideorftError(`${name}.jsonl has ${rows} rows, and counts.json says ${wanted}.`, {
      code: 'push-incomplete',
      facts: { folder, rows, counts: wanted },
      fix: 'Its writing was interrupted, or a file was changed: run videorft curate again, which asks nobody for what it knows.',
    });
  }
}

async function countLines(file: string): Promise<number> {
  if (!(await statIfPresent(file))) return 0;
  let lines = 0;
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++;
  }
  return lines;
}
