// The account of an ingestion: in = kept + rejected + duplicates + left out, by source, and what the kept samples are. Pure.
import { VideorftError } from '../../base/errors.ts';
import type { Sample } from '../../data/sample.ts';

export interface Account {
  in: number;
  kept: number;
  rejected: number;
  duplicates: number;
  leftOut: number;
}

export interface MediaAccount {
  /** Distinct files that rows name. */
  readonly files: number;
  readonly usable: number;
  /** Seconds of the videos that kept samples are about. */
  readonly seconds: number;
}

type Counts = Record<string, number>;

export interface IngestReport extends Account {
  readonly train: number;
  readonly heldOut: number;
  readonly sources: Readonly<Record<string, Account>>;
  /** Of the kept samples. */
  readonly types: Counts;
  readonly skills: Counts;
  readonly dataTypes: Counts;
  readonly durations: Counts;
  /** Why rows were rejected or are duplicates. */
  readonly reasons: Counts;
  /** Kept questions with chat control tokens in their text: they stay text. */
  readonly controlTokens: number;
  readonly media: MediaAccount;
}

const durationBins: readonly (readonly [number, string])[] = [
  [10, '0 to 10 s'],
  [30, '10 to 30 s'],
  [60, '30 to 60 s'],
  [180, '1 to 3 min'],
  [600, '3 to 10 min'],
  [3600, '10 to 60 min'],
  [Number.POSITIVE_INFINITY, 'over an hour'],
];

const controlToken = /<\|[A-Za-z_]+\|>|<\/?(?:think|answer|image|video)>/;

export class Tally {
  readonly #sources = new Map<string, Account>();
  readonly #counts = { types: {}, skills: {}, dataTypes: {}, durations: {}, reasons: {} } as Record<string, Counts>;
  #controlTokens = 0;
  #heldOut = 0;

  /** @param sources names, in the order of the report */
  constructor(sources: readonly string[]) {
    for (const name of sources) this.#sources.set(name, { in: 0, kept: 0, rejected: 0, duplicates: 0, leftOut: 0 });
  }

  /** A question that goes no further, and why. */
  dropped(source: string, fate: 'rejected' | 'duplicates', code: string): void {
    this.#add(source, fate);
    this.#count('reasons', code);
  }

  leftOut(source: string): void {
    this.#add(source, 'leftOut');
  }

  /** @param seconds undefined where it is not known */
  kept(source: string, sample: Sample, seconds: number | undefined, heldOut: boolean): void {
    this.#add(source, 'kept');
    if (heldOut) this.#heldOut++;
    this.#count('types', sample.problem_type);
    this.#count('skills', sample.skill ?? 'unknown');
    this.#count('dataTypes', sample.data_type);
    if (sample.data_type === 'video') this.#count('durations', durationBin(seconds));
    if (controlToken.test(sample.problem)) this.#controlTokens++;
  }

  /** Throws 'ingest-counts' unless everything that was read ended somewhere: `read` is counted where rows are read. */
  report(read: number, media: MediaAccount): IngestReport {
    const sources = Object.fromEntries(this.#sources);
    const total = Object.values(sources).reduce(plus, { in: 0, kept: 0, rejected: 0, duplicates: 0, leftOut: 0 });
    const ended = total.kept + total.rejected + total.duplicates + total.leftOut;
    if (read !== ended) {
      throw new VideorftError(`${read} questions were read, but ${ended} ended somewhere.`, {
        code: 'ingest-counts',
        facts: { read, ...total },
        fix: 'This is a fault of the program, or a file changed while it was read; start again.',
      });
    }
    const { types, skills, dataTypes, durations, reasons } = this.#counts;
    const heldOut = this.#heldOut;
    return {
      ...total,
      train: total.kept - heldOut,
      heldOut,
      sources,
      types: sorted(types),
      skills: sorted(skills),
      dataTypes: sorted(dataTypes),
      durations,
      reasons: sorted(reasons),
      controlTokens: this.#controlTokens,
      media,
    };
  }

  #add(source: string, fate: Exclude<keyof Account, 'in'>): void {
    const account = this.#sources.get(source)!;
    account.in++;
    account[fate]++;
  }

  #count(table: string, name: string): void {
    this.#counts[table][name] = (this.#counts[table][name] ?? 0) + 1;
  }
}

const plus = (a: Account, b: Account): Account => ({
  in: a.in + b.in,
  kept: a.kept + b.kept,
  rejected: a.rejected + b.rejected,
  duplicates: a.duplicates + b.duplicates,
  leftOut: a.leftOut + b.leftOut,
});

const sorted = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));

function durationBin(seconds: number | undefined): string {
  if (seconds === undefined) return 'unknown';
  return durationBins.find(([limit]) => seconds < limit)![1];
}

/** The report for the terminal. */
export function formatReport(report: IngestReport): string {
  const { in: all, kept, rejected, duplicates, leftOut, train, heldOut, media } = report;
  const lines = [
    `in ${all} = kept ${kept} + rejected ${rejected} + duplicates ${duplicates} + left out ${leftOut}`,
    `kept ${kept} = train ${train} + held out ${heldOut}; media files: ${media.usable} of ${media.files} usable${hours(media)}`,
    ...section(
      'by source',
      Object.entries(report.sources).map(([name, { in: n, kept: k }]) => `${name} ${k} of ${n}`),
    ),
    ...section('by answer type', named(report.types)),
    ...section('by skill', named(report.skills)),
    ...section('by kind', named(report.dataTypes)),
    ...section(
      'by duration',
      durationBins
        .map(([, bin]) => bin)
        .concat('unknown')
        .flatMap((bin) => (bin in report.durations ? [`${bin} ${report.durations[bin]}`] : [])),
    ),
    ...section('not kept', named(report.reasons)),
  ];
  if (report.controlTokens > 0)
    lines.push(`${report.controlTokens} questions hold chat control tokens; they are kept as text`);
  return lines.join('\n');
}

const hours = ({ seconds }: MediaAccount) => (seconds > 0 ? `, ${(seconds / 3600).toFixed(2)} h` : '');
const named = (counts: Counts) => Object.entries(counts).map(([name, n]) => `${name} ${n}`);
const section = (title: string, items: readonly string[]) =>
  items.length > 0 ? [`${title}: ${items.join(', ')}`] : [];
