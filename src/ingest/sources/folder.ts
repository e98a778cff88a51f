// A folder of media with a questions file in it, as a source.
import { basename, join } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { isRecordFile } from '../../data/records.ts';
import type { Source } from './source.ts';
import { byStem, walk } from './walk.ts';

/** What the folder itself says of its source. Throws `ingest-no-questions`, `ingest-questions`, `ingest-folder`. */
export async function folderSource(folder: string): Promise<Pick<Source, 'files' | 'stems' | 'unnameable'>> {
  const { files, unnameable } = await walk(folder);
  const questions = questionFile(folder, files);
  const media = files.filter((file) => !isRecordFile(file));
  return { files: [join(folder, questions)], stems: byStem(media), unnameable };
}

/** questions.*, or the only file of records at the top of the folder. */
function questionFile(folder: string, files: readonly string[]): string {
  const records = files.filter((file) => !file.includes('/') && isRecordFile(file));
  const named = records.filter((file) => /^questions\./i.test(basename(file)));
  const found = named.length > 0 ? named : records;
  if (found.length === 1) return found[0];
  const message =
    found.length === 0 ? `The folder ${folder} has no questions file.` : `Which file of ${folder} has the questions?`;
  throw new VideorftError(message, {
    code: found.length === 0 ? 'ingest-no-questions' : 'ingest-questions',
    facts: { folder, found: found.join(', ') || undefined },
    fix: 'Put questions.jsonl, .csv or .parquet into it, with a column that names the media file of each question.',
  });
}
