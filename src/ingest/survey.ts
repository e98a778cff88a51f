// First pass: how many questions there are and which media files they name. Pictures that lie inside tables become files.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { VideorftError } from '../base/errors.ts';
import { statIfPresent } from '../base/if-present.ts';
import type { IngestConfig } from './config.ts';
import { fixes } from './issues.ts';
import { createReadingBar } from './reading-bar.ts';
import { type Candidate, candidatesOf } from './rows/candidates.ts';
import type { Source } from './sources/source.ts';

export interface Plan {
  readonly sources: readonly Source[];
  readonly config: IngestConfig & { readonly mediaRoot: string };
  readonly signal?: AbortSignal;
  /** Draws progress bars on stderr. */
  readonly progress?: boolean;
}

export interface Survey {
  readonly questions: number;
  /** Distinct paths from the media root on, each with the source that named it first. */
  readonly media: ReadonlyMap<string, Source>;
}

/** Of a source in which not one row is a sample: its first row. */
type Hopeless = Map<string, Candidate | undefined>;

/** All candidates of all sources in order; stops between two of them when the signal says so. */
export async function* allCandidates(
  { sources, config, signal }: Plan,
  onBytes?: (file: string, bytesRead: number) => void,
): AsyncGenerator<Candidate> {
  for (const source of sources) {
    for await (const candidate of candidatesOf(source, config, onBytes)) {
      signal?.throwIfAborted();
      yield candidate;
    }
  }
}

/** Throws `ingest-no-sample` for a source in which not one row is a sample: it is the wrong file, or is read the wrong way. */
export async function survey(plan: Plan): Promise<Survey> {
  const media = new Map<string, Source>();
  const bar = plan.progress ? await createReadingBar(plan.sources) : undefined;
  const hopeless: Hopeless = new Map();
  let questions = 0;
  const status = () => `${questions} questions, ${media.size} media files`;
  try {
    for await (const candidate of allCandidates(plan, (file, bytes) => bar?.at(file, bytes, status()))) {
      const { source, sample, embedded } = candidate;
      questions++;
      if (sample) hopeless.set(source.name, undefined);
      else if (!hopeless.has(source.name)) hopeless.set(source.name, candidate);
      if (!sample) continue;
      if (!media.has(sample.path)) media.set(sample.path, source);
      if (embedded) await writeEmbedded(join(plan.config.mediaRoot, sample.path), embedded);
    }
    bar?.done();
  } finally {
    bar?.finish(status());
  }
  for (const first of hopeless.values()) if (first) throw noSample(first);
  return { questions, media };
}

function noSample({ source, file, line, issues, row }: Candidate): VideorftError {
  const isMap = typeof row === 'object' && row !== null && !Array.isArray(row);
  return new VideorftError(`Not one row of ${source.name} is a sample.`, {
    code: 'ingest-no-sample',
    facts: {
      file,
      line,
      reason: issues.map(({ reason }) => reason).join('; '),
      columns: isMap ? Object.keys(row).join(', ') : undefined,
    },
    fix: fixes[issues[0].code],
  });
}

/** Named by its content, so what is there is right. */
async function writeEmbedded(file: string, bytes: Uint8Array): Promise<void> {
  if ((await statIfPresent(file))?.size !== bytes.length) await writeFileAtomic(file, bytes);
}
