// The sources of a configuration as they are found: files, folders, data sets of the Hub; and the media root they share.
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { VideorftError } from '../../base/errors.ts';
import { statIfPresent } from '../../base/if-present.ts';
import type { IngestConfig, SourceConfig } from '../config.ts';
import { hubName, hubSource } from '../hub/source.ts';
import { folderSource } from './folder.ts';
import type { Source } from './source.ts';

export interface Resolved {
  readonly sources: readonly Source[];
  /** Absolute. */
  readonly mediaRoot: string;
}

export interface SourceTools {
  readonly signal?: AbortSignal;
  /** Draws a progress bar on stderr. */
  readonly progress?: boolean;
}

type Entry = SourceConfig & { readonly kind: 'file' | 'folder' | 'hub' };

/**
 * Finds every source; data sets of the Hub have their question files fetched. Throws `ingest-source` for one that is not there,
 * `ingest-same-name`, `ingest-outside-root`, and as folder.ts and hub/.
 */
export async function resolveSources(config: IngestConfig, tools: SourceTools = {}): Promise<Resolved> {
  const entries: Entry[] = [];
  for (const item of config.data) {
    const source = typeof item === 'string' ? { from: item } : item;
    entries.push({ ...source, kind: await kindOf(source.from) });
  }
  const mediaRoot = resolve(config.mediaRoot ?? defaultRoot(entries, config.out));
  const sources: Source[] = [];
  for (const entry of entries) sources.push(await found(entry, { config, mediaRoot, ...tools }));
  refuseSameNames(sources);
  return { sources, mediaRoot };
}

async function kindOf(from: string): Promise<Entry['kind']> {
  if (hubName(from)) return 'hub';
  const facts = await statIfPresent(from);
  if (facts) return facts.isDirectory() ? 'folder' : 'file';
  throw new VideorftError(`There is no question set ${from}.`, {
    code: 'ingest-source',
    facts: { from },
    fix: 'Give a file, a folder of media with a questions file, or hub:owner/name.',
  });
}

/** Where one local source lies; several have no folder in common that could be guessed. */
function defaultRoot(entries: readonly Entry[], out: string): string {
  const [{ kind, from }] = entries;
  if (entries.length > 1 || kind === 'hub') return join(out, 'media');
  return kind === 'folder' ? from : dirname(from);
}

type Context = SourceTools & { readonly config: IngestConfig; readonly mediaRoot: string };

async function found(entry: Entry, context: Context): Promise<Source> {
  const { config, mediaRoot } = context;
  const shared = {
    name: entry.name ?? defaultName(entry),
    weight: entry.weight,
    columns: entry.columns ?? config.columns ?? {},
    set: { ...config.set, ...entry.set },
    unnameable: [],
  };
  if (entry.kind === 'hub') return { ...shared, ...(await hubSource(entry, context)) };
  if (entry.kind === 'file') return { ...shared, files: [entry.from], below: entry.below ?? '' };
  const below = entry.below ?? folderBelow(entry.from, mediaRoot);
  return { ...shared, ...(await folderSource(entry.from)), below };
}

function defaultName({ kind, from }: Entry): string {
  if (kind === 'hub') return hubName(from)!;
  return kind === 'folder' ? basename(resolve(from)) : basename(from).replace(/(\.[a-z]+)(\.gz)?$/i, '');
}

function folderBelow(folder: string, mediaRoot: string): string {
  const below = relative(mediaRoot, resolve(folder));
  if (!below.startsWith('..') && !isAbsolute(below)) return below;
  throw new VideorftError(`The folder ${folder} is not below the media root.`, {
    code: 'ingest-outside-root',
    facts: { folder, mediaRoot },
    fix: 'Set mediaRoot to a folder that holds the media of all sources.',
  });
}

function refuseSameNames(sources: readonly Source[]): void {
  const names = sources.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new VideorftError(`Two sources are called ${twice}.`, {
    code: 'ingest-same-name',
    facts: { name: twice },
    fix: 'Give them names: data: [{from: …, name: …}, …] in a configuration file.',
  });
}
