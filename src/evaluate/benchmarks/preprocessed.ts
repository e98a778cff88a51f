// Rows of the preprocessed eval_*.json files of Video-R1, which VideoRFT's script reads: one shape for all six, with paths such as
// ./Evaluation/MMVU/videos/Art/0.mp4. Leaves out: what each benchmark adds (its own file).
import type { TableRow } from '../../data/index.ts';
import type { Question } from '../question.ts';
import type { Found, RowContext, Source } from './benchmark.ts';
import { preprocessedPlaces } from './benchmark.ts';
import { optionalText, problemTypeOf, textOf, textsOf, windowOf } from './fields.ts';

/** The row's path, without the folder Evaluation/, and without that and the benchmark's own folder. */
export function placesOf(path: string): string[] {
  const plain = path.replace(/^\.\//, '');
  const below = plain.replace(/^Evaluation\//, '');
  return [...new Set([plain, below, below.replace(/^[^/]+\//, '')])];
}

function basicQuestion(name: string, row: TableRow): Question {
  const type = problemTypeOf(row);
  return {
    problem_id: textOf(row, 'problem_id'),
    problem: textOf(row, 'problem'),
    data_type: 'video',
    problem_type: type,
    options: type === 'multiple choice' ? textsOf(row, 'options') : null,
    solution: textOf(row, 'solution'),
    path: textOf(row, 'path').replace(/^\.\//, ''),
    benchmark: name,
    window: windowOf(row),
    // TVQA's videos are folders of three pictures a second.
    frameFps: row.data_type === 'frame' ? Number(row.fps ?? 3) : undefined,
  };
}

/** The preprocessed form of a benchmark; `groups` tells by what its scores are told. */
export const preprocessedSource = (
  name: string,
  rows: number | null,
  groups: (row: TableRow, question: Question, context: RowContext) => Record<string, string | undefined>,
  more: (row: TableRow, question: Question) => Partial<Question> = () => ({}),
): Source => ({
  files: [preprocessedPlaces(name)],
  rows,
  read: (row, context): Found => {
    const question = basicQuestion(name, row);
    const named = Object.entries(groups(row, question, context)).filter(([, value]) => value !== undefined);
    const whole = { ...question, ...more(row, question), groups: Object.fromEntries(named) as Record<string, string> };
    return { question: whole, places: placesOf(question.path) };
  },
});

export const originalType = (row: TableRow): string | undefined => optionalText(row, 'original_question_type');
