// MMVU (validation): expert questions about 27 subjects. The multiple-choice subset is scored, as in the paper; open-ended answers need a judge.
import type { TableRow } from '../../data/index.ts';
import type { Benchmark, Found, LeftOut } from './benchmark.ts';
import { isMultipleChoice, solutionOf, textOf, textOfAny } from './fields.ts';
import { preprocessedSource } from './preprocessed.ts';

const NAME = 'mmvu';

/** choices: { A: "…", …, E: "…" }; those of an open-ended question are empty. */
function optionsOf(row: TableRow): string[] {
  const choices = (row.choices ?? {}) as Record<string, unknown>;
  return Object.keys(choices)
    .sort()
    .map((letter) => `${letter}. ${textOf(choices as TableRow, letter)}`);
}

/** The release names videos by their address on the Hub; what follows "videos/" is the place in the folder. */
function read(row: TableRow): Found | LeftOut {
  if (!isMultipleChoice(textOf(row, 'question_type')))
    return { leftOut: 'open-ended: not in the multiple-choice subset' };
  const path = textOfAny(row, 'video', 'video_path').replace(/^.*?(?=videos\/)/, '');
  return {
    question: {
      problem_id: textOf(row, 'id'),
      problem: textOf(row, 'question'),
      data_type: 'video',
      problem_type: 'multiple choice',
      options: optionsOf(row),
      solution: solutionOf(textOf(row, 'answer')),
      path,
      benchmark: NAME,
      groups: { subject: path.split('/').at(-2) ?? 'unknown' },
    },
    places: [path],
  };
}

export const mmvu: Benchmark = {
  name: NAME,
  title: 'MMVU, multiple-choice subset of the validation split',
  hub: 'yale-nlp/MMVU',
  size: 'about 1 GB',
  licence: 'not stated on the Hub; see the data set card',
  videos: 379,
  get: 'Download validation.json and the folder videos/ (or a zip of it) as they are.',
  scores: 'Accuracy over 625 multiple choices of five options.',
  official: { files: [['validation.json', 'default/validation/0000.parquet']], rows: 1000, read },
  preprocessed: preprocessedSource(NAME, 625, (_, { path }) => ({ subject: path.split('/').at(-2) })),
};
