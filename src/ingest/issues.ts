// Why a row is no sample: every reason has a code (its bin) and a fix. Leaves out: media (their errors come from media/).

export type IssueCode =
  | 'row-unreadable'
  | 'row-type'
  | 'row-missing'
  | 'row-text'
  | 'row-too-long'
  | 'row-options'
  | 'row-answer'
  | 'row-path'
  | 'row-several-media'
  | 'row-turns';

export interface Issue {
  readonly code: IssueCode;
  readonly reason: string;
}

export const fixes: Readonly<Record<IssueCode, string>> = {
  'row-unreadable': 'Write the row again as its format wants it.',
  'row-type': 'Give the field the type that the published sets have, or map another column to it (columns).',
  'row-missing': 'Fill the field, or name the column that holds it (columns).',
  'row-text': 'Write the file as UTF-8.',
  'row-too-long': 'Shorten the question, or raise maxProblem.',
  'row-options': 'Give the options as a list of at least two different texts.',
  'row-answer':
    'Give the letter or the text of one option, or one number, as the answer type asks; for counted options set answersCountFrom.',
  'row-path': 'Give a path below the media root, with the name that the file has there.',
  'row-several-media': 'Split the row, or leave it out: a sample is about one video or one picture.',
  'row-turns': 'Give turns of user and assistant in pairs.',
};

export const issue = (code: IssueCode, reason: string): Issue => ({ code, reason });
