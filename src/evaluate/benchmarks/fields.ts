// Fields of a benchmark's row, checked: what is missing or of another kind is an error that names the field. And what several benchmarks
// share: the letter of an answer's text.
import { VideorftError } from '../../base/errors.ts';
import type { TableRow } from '../../data/index.ts';
import { letterAt } from '../../data/options.ts';
import type { ProblemType } from '../../data/sample.ts';
import type { TimeWindow } from '../../media/index.ts';

function refuse(field: string, expected: string, found: unknown): never {
  throw new VideorftError(`the field ${field} is not ${expected}`, {
    code: 'benchmark-row',
    facts: { field, expected, found: JSON.stringify(found)?.slice(0, 80) ?? 'missing' },
    fix: 'download the file again, or look whether the release has changed its columns',
  });
}

export function textOf(row: TableRow, field: string): string {
  const value = row[field];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : refuse(field, 'a text', value);
}

/** The first of the fields that the row has. */
export const textOfAny = (row: TableRow, ...fields: readonly string[]): string =>
  textOf(row, fields.find((field) => row[field] !== undefined && row[field] !== null) ?? fields[0]);

export const optionalText = (row: TableRow, field: string): string | undefined => {
  const value = row[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export function textsOf(row: TableRow, field: string): string[] {
  const value = row[field];
  return Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'string')
    ? value
    : refuse(field, 'a list of texts', value);
}

const secondsOf = (value: unknown): number | undefined => {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : undefined;
};

/** The part that a row's start and end name; undefined where it names none. */
export function windowOf(row: TableRow): TimeWindow | undefined {
  const [start, end] = [secondsOf(row.start), secondsOf(row.end)];
  return start === undefined && end === undefined ? undefined : { start, end };
}

/** The letter of the option whose text the answer is. */
export function letterOf(answer: string, options: readonly string[]): string {
  const at = options.indexOf(answer);
  return at >= 0 ? letterAt(at) : refuse('answer', 'one of the options', answer);
}

export const solutionOf = (answer: string): string => `<answer>${answer}</answer>`;

/** "multiple-choice" (as the releases write it) or a number. */
export const isMultipleChoice = (type: string): boolean => /multi(?:ple)?.?choice|mcq/i.test(type);

export const problemTypeOf = (row: TableRow): ProblemType => {
  const type = textOf(row, 'problem_type');
  return type === 'multiple choice' || type === 'numerical' || type === 'regression'
    ? type
    : refuse('problem_type', 'multiple choice, numerical or regression', type);
};
