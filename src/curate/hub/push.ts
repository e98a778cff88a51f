// A curation's data set onto the Hub as one commit, by the Hub's own client: large files first, each known there by its hash, so that a push that
// was stopped sends only what is missing; then the commit, and before it nothing is seen. Leaves out: which files (contents.ts).
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CommitOutput, CommitProgressEvent } from '@huggingface/hub';
import { z } from 'zod';
import { createProgress } from '../../base/progress.ts';
import { hubNameSchema, hubSchema } from '../../data/hub-config.ts';
import { patientFetch } from '../../llm/patient-fetch.ts';
import { lockRun } from '../../runs/lock.ts';
import { curationOf } from '../review/set.ts';
import { type PublishedFile, publishedFiles, requireDataset } from './contents.ts';
import { asHubError, tokenOf } from './hub-error.ts';

export const pushSchema = z.strictObject({
  to: hubNameSchema.describe('Data set on the Hub, OWNER/NAME; made if it is not there.'),
  private: z.boolean().default(true).describe('Whether a data set that is made is private.'),
  exclude: z.array(z.string()).default([]).describe('Patterns of files that stay here, such as provenance.jsonl.'),
  message: z.string().min(1).default('Upload with videorft').describe('Message of the commit.'),
  xet: z.boolean().default(true).describe("Whether large files may go by the Hub's chunked protocol (Xet)."),
  dryRun: z.boolean().default(false).describe('Send nothing: list what would go.'),
  hub: hubSchema.prefault({}).describe('Where the Hub is.'),
});
export type PushConfig = z.output<typeof pushSchema>;

export interface PushOptions {
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

export interface Pushed {
  readonly files: readonly PublishedFile[];
  readonly bytes: number;
  /** Where the data set is seen. */
  readonly url: string;
  /** The commit; undefined in a dry run. */
  readonly commit: string | undefined;
}

const sum = (files: readonly PublishedFile[]) => files.reduce((bytes, file) => bytes + file.bytes, 0);

/**
 * Publishes what `folder` holds. Throws as contents.ts; `push-token`, `hub-refused`, `hub-missing`, `hub-unreachable`, `hub-answer`; and
 * `run-locked` while a curation writes there.
 */
export async function pushDataset(folder: string, config: PushConfig, options: PushOptions = {}): Promise<Pushed> {
  await requireDataset(folder);
  // Whoever applies decisions has locked the curation.
  const curation = await curationOf(folder);
  const unlockCuration = curation ? lockRun(curation) : () => undefined;
  try {
    return await pushLocked(folder, config, options);
  } finally {
    unlockCuration();
  }
}

async function pushLocked(folder: string, config: PushConfig, options: PushOptions): Promise<Pushed> {
  const unlock = lockRun(folder);
  try {
    const files = await publishedFiles(folder, config.exclude);
    const url = `${config.hub.endpoint.replace(/\/$/, '')}/datasets/${config.to}`;
    const commit = config.dryRun ? undefined : await send(folder, files, config, options);
    return { files, bytes: sum(files), url, commit };
  } finally {
    unlock();
  }
}

async function send(
  folder: string,
  files: readonly PublishedFile[],
  config: PushConfig,
  { signal, progress }: PushOptions,
): Promise<string> {
  const { commitIter } = await import('@huggingface/hub');
  const shared = {
    repo: { type: 'dataset', name: config.to },
    accessToken: tokenOf(config.hub),
    hubUrl: config.hub.endpoint.replace(/\/$/, ''),
    fetch: patientFetch,
  } as const;
  const bar = progress ? progressOf(files) : undefined;
  // The client lets other uploads run on when one has failed.
  const ending = new AbortController();
  const abortSignal = AbortSignal.any([ending.signal, ...(signal ? [signal] : [])]);
  try {
    await ensureRepo(shared, config);
    signal?.throwIfAborted();
    const operations = files.map(({ path }) => ({
      operation: 'addOrUpdate' as const,
      path,
      content: pathToFileURL(join(resolve(folder), path)),
    }));
    const { message: title, xet: useXet } = config;
    const branch = config.hub.revision;
    const events = commitIter({ ...shared, title, operations, branch, useXet, abortSignal });
    for (;;) {
      const { done, value } = await events.next();
      if (done) return (value as CommitOutput).commit.oid;
      bar?.see(value as CommitProgressEvent);
    }
  } catch (error) {
    ending.abort();
    signal?.throwIfAborted();
    throw asHubError(error, config);
  } finally {
    bar?.finish();
  }
}

type Shared = Parameters<typeof import('@huggingface/hub').createRepo>[0];

async function ensureRepo(shared: Shared, { private: isPrivate }: PushConfig): Promise<void> {
  const { createRepo, repoExists } = await import('@huggingface/hub');
  if (await repoExists(shared)) return;
  await createRepo({ ...shared, visibility: isPrivate ? 'private' : 'public' });
}

/** Bytes that are there, by what the client says of each file. */
function progressOf(files: readonly PublishedFile[]) {
  const sizes = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const sent = new Map<string, number>();
  const total = sum(files);
  const [unit, scale] = total < 1e6 ? ['kB', 1e3] : ['MB', 1e6];
  const inUnits = (bytes: number) => Math.round((bytes / scale) * 10) / 10;
  const bar = createProgress({ label: 'push', total: inUnits(total), unit });
  return {
    see(event: CommitProgressEvent): void {
      if (event.event !== 'fileProgress' || event.state !== 'uploading') return;
      sent.set(event.path, event.progress * (sizes.get(event.path) ?? 0));
      bar.set(inUnits([...sent.values()].reduce((all, bytes) => all + bytes, 0)), event.path);
    },
    finish: () => bar.finish(),
  };
}
