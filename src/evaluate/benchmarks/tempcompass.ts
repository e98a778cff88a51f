// TempCompass: four kinds of task on 410 short clips. Multiple choice, yes or no, and caption matching are multiple choices here; captions are
// judged by a model in the original and left out, since no judge is asked.

import { VideorftError } from '../../base/errors.ts';
import type { TableRow } from '../../data/index.ts';
import { letterAt, withLetters } from '../../data/options.ts';
import type { Question } from '../question.ts';
import type { Benchmark, Found, LeftOut, RowContext } from './benchmark.ts';
import { optionalText, solutionOf, textOf } from './fields.ts';
import { originalType, preprocessedSource } from './preprocessed.ts';

const NAME = 'tempcompass';
const kinds = ['multi-choice', 'yes_no', 'caption_matching', 'captioning'] as const;

interface Asked {
  readonly problem: string;
  readonly options: readonly string[];
  readonly letter: string;
}

const unread = (question: string, answer: string): VideorftError =>
  new VideorftError('the answer is none of the options in the question', {
    code: 'benchmark-row',
    facts: { question: question.slice(0, 80), answer },
    fix: 'download the file again, or look whether the release has changed its rows',
  });

const optionLine =
  /^\s*((?:[A-H](?=[.)])|(?:caption|option|sentence|statement|description)\s+[A-H1-8](?=\s*[:.])))\s*[.:)]\s*(.+)$/i;

/** Options stand in the question, a line each: "A. left", "Caption B: A man …", "Option 1: …". */
function inQuestion(question: string, answer: string): Asked {
  const lines = question.split('\n');
  const found = lines.flatMap((line) => optionLine.exec(line)?.[2].trim() ?? []);
  const said = optionLine.exec(answer)?.[2].trim() ?? answer.trim();
  const at = found.indexOf(said);
  if (at < 0) throw unread(question, answer);
  const problem = lines
    .filter((line) => !optionLine.test(line))
    .join('\n')
    .trim();
  return { problem, options: withLetters(found), letter: letterAt(at) };
}

function yesNo(question: string, answer: string): Asked {
  const said = answer.trim().toLowerCase();
  if (said !== 'yes' && said !== 'no') throw unread(question, answer);
  return { problem: question, options: ['A. yes', 'B. no'], letter: said === 'yes' ? 'A' : 'B' };
}

function read(row: TableRow, { file, line }: RowContext): Found | LeftOut {
  const kind = kinds.find((k) => file.split('/').some((part) => part.replace(/\.json$/, '') === k)) ?? 'multi-choice';
  if (kind === 'captioning')
    return { leftOut: 'captioning: scored by a judge in the original, and none is asked here' };
  const [text, answer, video] = [textOf(row, 'question'), textOf(row, 'answer'), textOf(row, 'video_id')];
  const { problem, options, letter } = kind === 'yes_no' ? yesNo(text, answer) : inQuestion(text, answer);
  const question: Question = {
    problem_id: `${kind}/${line}`,
    problem,
    data_type: 'video',
    problem_type: 'multiple choice',
    options: [...options],
    solution: solutionOf(letter),
    path: `videos/${video}.mp4`,
    benchmark: NAME,
    groups: { task: kind, aspect: optionalText(row, 'dim') ?? 'unknown' },
  };
  return { question, places: [question.path, `tempcompass_videos/${video}.mp4`, `${video}.mp4`] };
}

export const tempcompass: Benchmark = {
  name: NAME,
  title: 'TempCompass',
  hub: 'lmms-lab/TempCompass',
  size: '420 MB',
  licence: 'not stated on the Hub; see the data set card',
  videos: 410,
  get: 'Download the four folders of rows and tempcompass_videos.zip, which is read as it is (it holds videos/).',
  scores:
    'Accuracy over multiple choice (1,580), yes or no (2,453) and caption matching (1,503); captioning (2,004) is left out.',
  official: { files: kinds.map((kind) => [`${kind}/test-00000-of-00001.parquet`, `${kind}.json`]), rows: 7540, read },
  // Its row count is not known to us: the file has not been seen.
  preprocessed: preprocessedSource(NAME, null, (row) => ({ task: originalType(row) })),
};
