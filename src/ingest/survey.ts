// First pass: how many questions there are and which media files they name. Pictures that lie inside tables become files.
import { join } from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { statIfPresent } from '../base/if-present.ts';
import { createProgress } from '../base/progress.ts';
import type { IngestConfig } from './config.ts';
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

/** All candidates of all sources in order; stops between two of them when the signal says so. */
export async function* allCandidates({ sources, config, signal }: Plan): AsyncGenerator<Candidate> {
  for (const source of sources) {
    for await (const candidate of candidatesOf(source, config)) {
      signal?.throwIfAborted();
      yield candidate;
    }
  }
}

export async function survey(plan: Plan): Promise<Survey> {
  const media = new Map<string, Source>();
  const files = plan.sources.reduce((n, source) => n + source.files.length, 0);
  const bar = plan.progress ? createProgress({ label: 'reading', total: files, unit: 'files' }) : undefined;
  const seen = new Set<string>();
  let questions = 0;
  try {
    for await (const { source, file, sample, embedded } of allCandidates(plan)) {
      questions++;
      seen.add(file);
      bar?.set(seen.size - 1, `${questions} questions`);
      if (!sample) continue;
      if (!media.has(sample.path)) media.set(sample.path, source);
      if (embedded) await writeEmbedded(join(plan.config.mediaRoot, sample.path), embedded);
    }
    bar?.set(files, `${questions} questions, ${media.size} media files`);
  } finally {
    bar?.finish();
  }
  return { questions, media };
}

/** Named by its content, so what is there is right. */
async function writeEmbedded(file: string, bytes: Uint8Array): Promise<void> {
  if ((await statIfPresent(file))?.size !== bytes.length) await writeFileAtomic(file, bytes);
}
