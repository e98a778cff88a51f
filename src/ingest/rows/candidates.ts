// A source → candidates, one for each question it asks: a sample with its place, or every reason why it is none. Reads as a stream,
// and gives the same candidates every time. Leaves out: media files, duplicates.
import { extname, isAbsolute, join, posix, relative } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { suggestionFix } from '../../base/suggest.ts';
import { isTable, type RawRecord, readRecords } from '../../data/records.ts';
import type { Sample } from '../../data/sample.ts';
import { kindOfBytes } from '../../media/container.ts';
import type { IngestConfig } from '../config.ts';
import { type Issue, issue } from '../issues.ts';
import { skillOf } from '../skills.ts';
import type { Source } from '../sources/source.ts';
import { checkSample } from './check.ts';
import { isConversation, turnsOf } from './conversation.ts';
import { convert } from './convert.ts';
import { columnsOf, fieldsOf, type Values } from './fields.ts';

export interface Place {
  readonly source: Source;
  readonly file: string;
  readonly line: number;
}

export interface Candidate extends Place {
  /** Its path starts at the media root. Absent where there are issues. */
  readonly sample?: Sample;
  readonly issues: readonly Issue[];
  /** What was read, for the file of rejected rows. */
  readonly row: unknown;
  /** The bytes that belong at the sample's path, where the record itself holds them. */
  readonly embedded?: Uint8Array;
}

type RowConfig = Pick<IngestConfig, 'maxProblem' | 'answersCountFrom' | 'skills'> & { readonly mediaRoot: string };

/** Throws as readRecords, and `ingest-column` for a column map that a table does not fit. */
export async function* candidatesOf(
  source: Source,
  config: RowConfig,
  onBytes?: (file: string, bytesRead: number) => void,
): AsyncGenerator<Candidate> {
  for (const file of source.files) {
    let checked = !isTable(file);
    for await (const record of readRecords(file, (bytes) => onBytes?.(file, bytes))) {
      if (!checked && record.value) refuseUnknownColumns(source, file, record.value as Values);
      checked ||= record.value !== undefined;
      yield* fromRecord({ source, file, line: record.line }, record, config);
    }
  }
}

function refuseUnknownColumns({ columns }: Source, file: string, record: Values): void {
  const names = Object.keys(record);
  const unknown = columnsOf(columns).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new VideorftError(`${file} has no column ${unknown}.`, {
    code: 'ingest-column',
    facts: { file, columns: names.join(', ') },
    fix: suggestionFix(unknown, names),
  });
}

function fromRecord(place: Place, { value, broken }: RawRecord, config: RowConfig): Candidate[] {
  if (broken !== undefined) return [{ ...place, issues: [issue('row-unreadable', broken)], row: value }];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ ...place, issues: [issue('row-type', 'row: expected an object')], row: value }];
  }
  const row = value as Values;
  if (!isConversation(row)) return [candidate(place, row, row, config)];
  return turnsOf(row).map(({ record, issues }) =>
    record ? candidate(place, record, row, config) : { ...place, issues, row },
  );
}

function candidate(place: Place, record: Values, row: Values, config: RowConfig): Candidate {
  const { source } = place;
  const fields = fieldsOf(record, source.columns);
  const id = `${source.name}:${place.line}`;
  const { set, name } = source;
  const converted = convert(fields, { set, answersCountFrom: config.answersCountFrom, id, source: name });
  if (!converted.sample) return { ...place, issues: converted.issues, row };
  const issues = checkSample(converted.sample, config);
  if (issues.length > 0) return { ...place, issues, row };
  const { embedded } = converted;
  const path = embedded
    ? embeddedPath(source, converted.sample.path, embedded)
    : pathBelow(source, converted.sample.path, config);
  const skill = skillOf(converted.sample, name, config.skills);
  const sample = { ...converted.sample, path, ...(skill ? { skill } : {}) };
  return { ...place, sample, issues: [], row, embedded };
}

/** From the source's own paths to those that start at the media root. */
function pathBelow({ below, stems }: Source, path: string, { mediaRoot }: RowConfig): string {
  const slashed = path.replaceAll('\\', '/');
  if (isAbsolute(slashed)) return relative(mediaRoot, slashed);
  const named = stems?.get(posix.normalize(slashed)) ?? slashed;
  return join('.', below, named);
}

/** A picture inside a table gets a file of its own, named by its content. */
function embeddedPath({ below, name }: Source, path: string, bytes: Uint8Array): string {
  const hash = sha256(bytes).slice(0, 32);
  const extension = extname(path) || (kindOfBytes(bytes.subarray(0, 512)) === 'video' ? '.mp4' : '.png');
  return join(below, 'embedded', name.replaceAll(/[^\w.-]+/g, '-'), `${hash}${extension}`);
}
