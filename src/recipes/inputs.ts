// Sample files → the samples that a run will use, checked before its first step: rows that are no samples, samples whose media file is not
// below the media root and samples that a stage cannot use are set aside with their reasons. A wrong media root stops the run here.
import { basename } from 'node:path';
import { reasonOf, VideorftError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import { type LocatedSample, missingMedia, type RejectedRow, readSamples } from '../data/index.ts';
import type { Sample } from '../data/sample.ts';
import type { SetAsideRow } from './set-aside.ts';

export interface Inputs {
  readonly samples: readonly Sample[];
  readonly setAside: readonly SetAsideRow[];
  /** Rows of the files: samples + setAside. */
  readonly total: number;
}

/** Throws a VideorftError where the stage cannot use the sample. */
export type CheckSample = (sample: Sample) => unknown;

export interface InputOptions {
  /** Absent: whether the media files are there is not looked at. */
  readonly mediaRoot?: string;
  readonly check?: CheckSample;
  /** Largest share of the rows that may be set aside before anything has begun. Default 0.1; 1: whatever is left is used. */
  readonly maxShare?: number;
}

/** Rows that share their id with an earlier one (files of several sources) get their place as part of it: every id is then one sample. */
function withOwnIds(rows: readonly LocatedSample[]): LocatedSample[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    const id = String(row.sample.problem_id);
    if (!seen.has(id)) {
      seen.add(id);
      return row;
    }
    const problem_id = `${id}@${basename(row.file)}:${row.line}`;
    seen.add(problem_id);
    return { ...row, sample: { ...row.sample, problem_id } };
  });
}

const invalidRow = ({ file, line, reasons }: RejectedRow): SetAsideRow => ({
  id: `${basename(file)}:${line}`,
  path: '',
  reason: `data-invalid-row: ${reasons.join('; ')}`,
  file,
  line,
});

function failedCheck(sample: Sample, check: CheckSample): VideorftError | undefined {
  try {
    check(sample);
    return undefined;
  } catch (error) {
    if (error instanceof VideorftError) return error;
    throw error;
  }
}

async function unusable(
  samples: readonly Sample[],
  mediaRoot: string | undefined,
  check: CheckSample,
): Promise<Map<Sample, VideorftError>> {
  const missing = mediaRoot === undefined ? [] : await missingMedia(mediaRoot, samples);
  const bad = new Map(missing.map(({ sample, error }) => [sample, error]));
  for (const sample of samples) {
    const error = bad.has(sample) ? undefined : failedCheck(sample, check);
    if (error) bad.set(sample, error);
  }
  return bad;
}

/**
 * Reads and checks. Throws 'data-unreadable' for a file that cannot be opened, 'inputs-empty' when nothing is left, and
 * 'inputs-too-many-bad' when more than `maxShare` of the rows had to be set aside.
 */
export async function readInputs(
  files: readonly string[],
  { mediaRoot, check = () => undefined, maxShare = 0.1 }: InputOptions = {},
): Promise<Inputs> {
  const { rows, rejected, total } = await readSamples(files);
  const located = withOwnIds(rows);
  const bad = await unusable(
    located.map((row) => row.sample),
    mediaRoot,
    check,
  );
  const setAside = [
    ...rejected.map(invalidRow),
    ...[...bad].map(([sample, error]) => ({
      id: String(sample.problem_id),
      path: sample.path,
      reason: reasonOf(error),
    })),
  ];
  const samples = located.flatMap(({ sample }) => (bad.has(sample) ? [] : [sample]));
  refuseTooMany(samples.length, setAside, total, maxShare, [...bad.values()][0]);
  return { samples, setAside, total };
}

function refuseTooMany(
  left: number,
  setAside: readonly SetAsideRow[],
  total: number,
  maxShare: number,
  cause: VideorftError | undefined,
): void {
  if (left > 0 && setAside.length <= maxShare * total) return;
  const [first] = setAside;
  const bad = `${setAside.length} of ${total} rows cannot be used`;
  throw new VideorftError(left > 0 ? bad : total > 0 ? `nothing is left: ${bad}` : 'the sample files are empty', {
    code: left > 0 ? 'inputs-too-many-bad' : 'inputs-empty',
    facts: { first: first?.id, reason: first?.reason, ...cause?.facts },
    fix: cause?.fix ?? 'correct the rows, or allow more of them to be left out',
  });
}

/** Throws 'inputs-media-root' when not one media file is there: the root is wrong, not the samples. */
export async function refuseWrongRoot(samples: readonly Sample[], mediaRoot: string): Promise<void> {
  const missing = await missingMedia(mediaRoot, samples);
  if (samples.length === 0 || missing.length < samples.length) return;
  throw new VideorftError('not one media file of the samples is there', {
    code: 'inputs-media-root',
    facts: { mediaRoot, samples: samples.length, first: missing[0].error.message },
    fix: 'set mediaRoot to the folder that the paths of the samples start from',
  });
}

/** Number and hash of the samples, for a run's record: a run goes on only over the samples that it began with. */
export function fingerprint(samples: readonly Sample[]): { count: number; sha256: string } {
  return { count: samples.length, sha256: sha256(samples.map((s) => sha256(JSON.stringify(s))).join('\n')) };
}
