// A data set of the Hub as a source: its question files are fetched at once, its media one by one as rows name them.
import { existsSync } from 'node:fs';
import { join, matchesGlob, posix } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { createProgress } from '../../base/progress.ts';
import type { HubConfig } from '../../data/hub-config.ts';
import { isRecordFile } from '../../data/records.ts';
import type { SourceConfig } from '../config.ts';
import type { MediaFetcher, Source } from '../sources/source.ts';
import { type HubFile, type HubRepo, listFiles } from './api.ts';
import { download } from './download.ts';

export interface HubContext {
  readonly config: { readonly hub: HubConfig; readonly out: string };
  readonly mediaRoot: string;
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

/** owner/name of 'hub:owner/name', or undefined for anything else. */
export const hubName = (from: string): string | undefined => /^hub:([\w.-]+\/[\w.-]+)$/.exec(from)?.[1];

/** Throws as api.ts and download.ts, and `hub-no-questions`. */
export async function hubSource(
  entry: SourceConfig,
  { config, mediaRoot, signal, progress }: HubContext,
): Promise<Pick<Source, 'files' | 'below' | 'fetcher'>> {
  const repo: HubRepo = { name: hubName(entry.from)!, hub: config.hub };
  const below = entry.below ?? repo.name.replace('/', '--');
  const listed = await listFiles(repo, signal);
  const questions = questionFiles(repo, listed, entry.files);
  const folder = join(config.out, 'hub', repo.name.replace('/', '--'));
  const bar = progress
    ? createProgress({ label: `fetching ${repo.name}`, total: questions.length, unit: 'files' })
    : undefined;
  try {
    for (const file of questions) {
      await download(repo, file, join(folder, file.path), signal);
      bar?.advance(1, file.path);
    }
  } finally {
    bar?.finish();
  }
  const fetcher = mediaFetcher(repo, listed, join(mediaRoot, below));
  return { files: questions.map(({ path }) => join(folder, path)), below, fetcher };
}

function questionFiles(repo: HubRepo, listed: readonly HubFile[], pattern: string | undefined): HubFile[] {
  const found = listed.filter(({ path }) =>
    pattern === undefined
      ? isRecordFile(path) && !/(^|\/)(dataset_infos|config|metadata)\.json$/.test(path)
      : matchesGlob(path, pattern),
  );
  if (found.length > 0) return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  throw new VideorftError(`The data set ${repo.name} has no question files${pattern ? ` like ${pattern}` : ''}.`, {
    code: 'hub-no-questions',
    facts: { dataset: repo.name, files: listed.length, first: listed[0]?.path },
    fix: 'Name them: data: [{from: hub:owner/name, files: "data/train-*.parquet"}] in a configuration file.',
  });
}

function mediaFetcher(repo: HubRepo, listed: readonly HubFile[], folder: string): MediaFetcher {
  const byPath = new Map(listed.map((file) => [file.path, file]));
  return {
    fetch: async (path, signal) => {
      const file = byPath.get(posix.normalize(path));
      if (file) await download(repo, file, join(folder, file.path), signal);
      else if (!existsSync(join(folder, path))) throw noSuchMedia(repo, listed, path, folder);
    },
  };
}

function noSuchMedia(repo: HubRepo, listed: readonly HubFile[], path: string, folder: string): VideorftError {
  const archives = listed.filter((file) => /\.(zip|tar|tgz|tar\.gz|7z|rar)(\.part.*)?$/i.test(file.path));
  return new VideorftError(`The data set ${repo.name} has no file ${path}.`, {
    code: 'media-missing',
    facts: { dataset: repo.name, path, archives: archives.length || undefined },
    fix:
      archives.length > 0
        ? `Its media are in archives (${archives[0].path}, …): fetch and unpack them below ${folder}.`
        : `Put the file below ${folder}.`,
  });
}
