// Which value of a record is which field of a sample: by the column map, else by the names that question sets use. What no field
// takes stays as extra. Leaves out: what the values must be (convert.ts).
import { type ColumnField, type ColumnMap, columnFields } from '../config.ts';

export type Values = Record<string, unknown>;

export interface Fields {
  readonly fields: Partial<Record<ColumnField, unknown>>;
  readonly extra: Values;
}

/** Usual names, the published ones first. */
const aliases: Readonly<Record<ColumnField, readonly string[]>> = {
  problem_id: ['problem_id', 'question_id', 'id', 'qid', 'uid', 'index'],
  problem: ['problem', 'question', 'query', 'prompt'],
  data_type: ['data_type', 'modality', 'media_type'],
  problem_type: ['problem_type', 'answer_type'],
  options: ['options', 'choices', 'candidates'],
  process: ['process'],
  solution: ['solution', 'answer', 'ground_truth', 'gt', 'label'],
  path: [
    ...[
      'path',
      'video',
      'image',
      'video_path',
      'image_path',
      'video_file',
      'image_file',
      'file_name',
      'filename',
      'file',
    ],
    ...['videos', 'images', 'media'],
  ],
  data_source: ['data_source', 'source', 'dataset'],
  skill: ['skill'],
};

/** Options that have a column each. */
const optionColumns: readonly (readonly string[])[] = [
  ['A', 'B', 'C', 'D', 'E', 'F'],
  ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'],
  ['option_a', 'option_b', 'option_c', 'option_d', 'option_e', 'option_f'],
  ['option1', 'option2', 'option3', 'option4', 'option5', 'option6'],
];

/** Every column that a map names, those in templates too. */
export const columnsOf = (map: ColumnMap): string[] =>
  Object.values(map)
    .flat()
    .flatMap((column) =>
      column.includes('{') ? [...column.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name) : [column],
    );

/** An empty column of such a name, or one that the map passes over, is no extra: it would take the field's place. */
const fieldNames: ReadonlySet<string> = new Set(columnFields);

const isFilled = (value: unknown) => value !== undefined && value !== null && value !== '';

/** Splits a record into fields of a sample and the rest. A column map says all there is to say about the fields in it. */
export function fieldsOf(record: Values, columns: ColumnMap = {}): Fields {
  const used = new Set<string>();
  const fields: Partial<Record<ColumnField, unknown>> = {};
  for (const field of columnFields) {
    const mapped = columns[field];
    const value = mapped === undefined ? byAlias(record, field, used) : byMap(record, mapped, used);
    if (isFilled(value)) fields[field] = value;
  }
  const isExtra = (name: string, value: unknown) =>
    !used.has(name) && !fieldNames.has(name) && !(value instanceof Uint8Array);
  const extra = Object.entries(record).filter(([name, value]) => isExtra(name, value));
  return { fields, extra: Object.fromEntries(extra) };
}

function byMap(record: Values, column: string | readonly string[], used: Set<string>): unknown {
  if (typeof column !== 'string') return take(record, column, used).filter(isFilled);
  if (!column.includes('{')) return take(record, [column], used)[0];
  // What a template reads may be needed elsewhere too, so it is not used up.
  const parts = [...column.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => record[name]);
  return parts.every(isFilled)
    ? column.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => String(record[name]))
    : undefined;
}

function byAlias(record: Values, field: ColumnField, used: Set<string>): unknown {
  const name = aliases[field].find((alias) => isFilled(record[alias]) && !used.has(alias));
  if (name !== undefined) return take(record, [name], used)[0];
  if (field !== 'options') return undefined;
  const columns = optionColumns.find(([first, second]) => isFilled(record[first]) && isFilled(record[second]));
  return columns && take(record, columns, used).filter(isFilled);
}

function take(record: Values, names: readonly string[], used: Set<string>): unknown[] {
  for (const name of names) used.add(name);
  return names.map((name) => record[name]);
}
