// The fields of a record → a sample in the published form, or every reason why not. Leaves out: what must hold between the fields
// (check.ts) and whether the media are there.
import { withLetters } from '../../data/options.ts';
import { type ProblemType, problemTypes, type Sample, skills } from '../../data/sample.ts';
import { parseNumber } from '../../rewards/index.ts';
import type { Constants } from '../config.ts';
import { type Issue, issue } from '../issues.ts';
import { isPictureName } from '../media-names.ts';
import type { Fields, Values } from './fields.ts';
import { letterOf, optionTexts, splitQuestion } from './options.ts';

export interface ConvertOptions {
  readonly set: Constants;
  readonly answersCountFrom: 0 | 1 | undefined;
  /** Where the record has none. */
  readonly id: string;
  readonly source: string;
}

export interface Converted {
  readonly sample?: Sample;
  readonly issues: readonly Issue[];
  /** A picture or video that lies in the record itself. */
  readonly embedded?: Uint8Array;
}

export function convert({ fields, extra }: Fields, options: ConvertOptions): Converted {
  const reader = new FieldReader(fields);
  const media = mediaOf(fields.path, reader);
  const written = reader.text('problem') ?? '';
  const given = fields.options === undefined ? undefined : reader.options();
  const parts = given?.length ? { question: written, options: given } : splitQuestion(written);
  const answer = bare(reader.scalar('solution') ?? '');
  const problem_type = reader.problemType() ?? options.set.problem_type ?? inferType(parts.options, answer);
  const choices = problem_type === 'multiple choice' ? withLetters(parts.options) : parts.options;
  const letter = problem_type === 'multiple choice' ? letterOf(answer, choices, options.answersCountFrom) : undefined;
  const problem = problem_type === 'multiple choice' ? parts.question : written;
  const sample: Sample = {
    ...extra,
    problem_id: reader.id() ?? options.id,
    problem,
    data_type: reader.dataType() ?? options.set.data_type ?? typeByName(media.path, fields),
    problem_type,
    options: problem_type === 'multiple choice' ? choices : (given ?? []),
    process: wrapped(reader.text('process') ?? ''),
    solution: `<answer>${letter ?? answer}</answer>`,
    path: media.path,
    data_source: reader.text('data_source') ?? options.source,
    ...skillOf(reader.skill() ?? options.set.skill),
  };
  if (reader.issues.length > 0) return { issues: reader.issues };
  return { sample, issues: [], embedded: media.bytes };
}

const bare = (solution: string) => /<answer>([\s\S]*?)<\/answer>/.exec(solution)?.[1].trim() ?? solution.trim();
const wrapped = (process: string) =>
  process.trim() === '' || process.includes('<think>') ? process : `<think>${process}</think>`;
const skillOf = (skill: Sample['skill']) => (skill === undefined ? {} : { skill });

function inferType(options: readonly string[], answer: string): ProblemType {
  if (options.length > 0) return 'multiple choice';
  return /^[^\p{L}]*$/u.test(answer) && parseNumber(answer) !== undefined ? 'numerical' : 'free-form';
}

function typeByName(path: string, { path: media }: Fields['fields']): Sample['data_type'] {
  if (media instanceof Uint8Array || isPictureName(path)) return 'image';
  return 'video';
}

interface Media {
  readonly path: string;
  readonly bytes?: Uint8Array;
}

/** A path, bytes, {bytes, path} as Hub data sets hold pictures, or a list of one of these. */
function mediaOf(value: unknown, reader: FieldReader): Media {
  if (typeof value === 'string') return { path: value };
  if (value instanceof Uint8Array) return { path: 'picture', bytes: value };
  if (Array.isArray(value)) {
    if (value.length === 1) return mediaOf(value[0], reader);
    reader.add(issue('row-several-media', `path: ${value.length} media files, a sample has one`));
    return { path: '' };
  }
  const { bytes, path } = (value ?? {}) as Values;
  if (bytes instanceof Uint8Array) return { path: typeof path === 'string' ? path : 'picture', bytes };
  if (typeof path === 'string') return { path };
  reader.add(value === undefined ? missing('path') : wrongType('path', 'a path', value));
  return { path: '' };
}

const missing = (field: string) => issue('row-missing', `${field}: there is none`);
const wrongType = (field: string, expected: string, value: unknown) =>
  issue('row-type', `${field}: expected ${expected}, got ${nameOf(value)}`);
const nameOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value);

/** Reads fields one by one and collects what is wrong with them. */
class FieldReader {
  readonly issues: Issue[] = [];
  readonly #fields: Fields['fields'];

  constructor(fields: Fields['fields']) {
    this.#fields = fields;
  }

  add(found: Issue): undefined {
    this.issues.push(found);
  }

  /** Text; needed for the question, else optional. */
  text(field: 'problem' | 'process' | 'data_source'): string | undefined {
    const value = decoded(this.#fields[field]);
    if (typeof value === 'string') return value;
    if (value !== undefined) return this.add(wrongType(field, 'text', value));
    return field === 'problem' ? this.add(missing(field)) : undefined;
  }

  scalar(field: 'solution'): string | undefined {
    const value = decoded(this.#fields[field]);
    if (value === undefined) return this.add(missing(field));
    if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
    return this.add(wrongType(field, 'text or a number', value));
  }

  options(): string[] {
    const texts = optionTexts(decoded(this.#fields.options));
    if (texts === undefined) this.add(wrongType('options', 'a list of texts', this.#fields.options));
    return texts ?? [];
  }

  id(): string | number | undefined {
    const value = this.#fields.problem_id;
    if (value === undefined || typeof value === 'string' || typeof value === 'number') return value;
    return this.add(wrongType('problem_id', 'a number or text', value));
  }

  dataType(): Sample['data_type'] | undefined {
    return this.#choice('data_type', ['video', 'image'] as const);
  }

  problemType(): ProblemType | undefined {
    return this.#choice('problem_type', problemTypes);
  }

  skill(): Sample['skill'] {
    return this.#choice('skill', skills);
  }

  /** One of the names, whatever their case and what joins their words. */
  #choice<T extends string>(field: 'data_type' | 'problem_type' | 'skill', names: readonly T[]): T | undefined {
    const value = this.#fields[field];
    if (value === undefined) return undefined;
    const plain = (text: string) =>
      text
        .toLowerCase()
        .replaceAll(/[\s_-]+/g, ' ')
        .trim();
    const found = typeof value === 'string' ? names.find((name) => plain(name) === plain(value)) : undefined;
    return found ?? this.add(issue('row-type', `${field}: expected ${names.join(', ')}, got ${JSON.stringify(value)}`));
  }
}

/** Parquet files that do not say that a column is text hold it as bytes. */
function decoded(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return new TextDecoder().decode(value);
}
