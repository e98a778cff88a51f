// The zips of a folder as if they were unpacked: which of them holds the file or folder that would then be at a place. An archive counts as unpacked
// where it lies, in a folder of its name, and in the folder of all. Leaves out: taking anything out (unpacked.ts).
import { basename, join, relative } from 'node:path';
import { reasonOf } from '../../base/errors.ts';
import { entriesIfPresent } from '../../base/if-present.ts';
import { Zip } from './zip.ts';
import type { ZipEntry } from './zip-entry.ts';

/** A file, or the files of a folder, in an archive. */
export interface Packed {
  readonly zip: Zip;
  readonly isFolder: boolean;
  /** One, or those directly in the folder; by name. */
  readonly entries: readonly ZipEntry[];
  /** Why it cannot be had. */
  readonly fault?: string;
}

/** "videos_chunked_01.zip, data/a.mp4": for people. */
export const packedName = ({ zip, isFolder, entries: [first] }: Packed): string =>
  `${basename(zip.file)}, ${isFolder ? `${folderOf(first.name)}/` : first.name}`;

export interface OpenArchivesOptions {
  /** Zips read so far, and how far the next one is. */
  readonly onProgress?: (done: number, total: number, status: string) => void;
  /** Names of zips that are not looked into. */
  readonly skip?: readonly string[];
  readonly signal?: AbortSignal;
}

const LEVELS = 3;
const OTHER = /\.(?:tar|tgz|tbz2|7z|rar|zst|tar\.\w+|z\d\d|zip\.\w+|part[\w.-]*)$/i;

export interface ArchiveNames {
  /** Below the folder. */
  readonly zips: readonly string[];
  /** Archives that are not read. */
  readonly others: readonly string[];
}

/** The archives in a folder and two levels of folders below. Nothing where there is no such folder. Throws 'file-unreadable'. */
export async function archiveNames(root: string): Promise<ArchiveNames> {
  const [zips, others]: [string[], string[]] = [[], []];
  const look = async (dir: string, levels: number): Promise<void> => {
    const entries = await entriesIfPresent(dir);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const place = join(dir, entry.name);
      if (entry.isDirectory() && levels > 1) await look(place, levels - 1);
      else if (/\.zip$/i.test(entry.name)) zips.push(relative(root, place));
      else if (OTHER.test(entry.name)) others.push(relative(root, place));
    }
  };
  await look(root, LEVELS);
  return { zips, others };
}

const folderOf = (name: string) => name.split('/').slice(0, -1).join('/');

interface Opened {
  readonly zip: Zip;
  readonly files: ReadonlyMap<string, readonly ZipEntry[]>;
  readonly folders: ReadonlyMap<string, readonly ZipEntry[]>;
  /** What stands in front of an entry's name where the archive is unpacked; each ends in "/" or is empty. */
  readonly prefixes: readonly string[];
}

function opened(zip: Zip, place: string): Opened {
  const dir = folderOf(place.replaceAll('\\', '/'));
  const here = dir === '' ? '' : `${dir}/`;
  const own = `${here}${basename(place).replace(/\.zip$/i, '')}/`;
  return {
    zip,
    files: Map.groupBy(zip.entries, ({ name }) => name),
    folders: Map.groupBy(zip.entries, ({ name }) => folderOf(name)),
    prefixes: [...new Set([here, own, ''])],
  };
}

const sameContent = (a: Packed, b: Packed): boolean =>
  a.entries[0].crc32 === b.entries[0].crc32 && a.entries[0].bytes === b.entries[0].bytes;

/** One of several: the first, with a fault where another of the same rank has other content. */
function theOne(found: readonly Packed[]): Packed | undefined {
  const [first] = found;
  const other = first && !first.isFolder ? found.find((packed) => !sameContent(first, packed)) : undefined;
  if (!other) return first;
  return { ...first, fault: `${packedName(other)} is another file for the same place: remove one of the archives` };
}

export class Archives {
  readonly #opened: readonly Opened[];
  /** Zips that cannot be read at all, and other archives. */
  readonly unread: readonly { readonly archive: string; readonly reason: string }[];

  private constructor(archives: readonly Opened[], unread: Archives['unread']) {
    this.#opened = archives;
    this.unread = unread;
  }

  /** Reads the directories of all zips below a folder. Throws the signal's reason. */
  static async open(root: string, { onProgress, skip = [], signal }: OpenArchivesOptions = {}): Promise<Archives> {
    const { zips: all, others } = await archiveNames(root);
    const zips = all.filter((place) => !skip.includes(basename(place)));
    const unread: { archive: string; reason: string }[] = [];
    const archives: Opened[] = [];
    for (const [i, place] of zips.entries()) {
      try {
        const onEntries = (read: number, of: number) =>
          onProgress?.(i, zips.length, `${place}: ${read} of ${of} entries`);
        const zip = await Zip.open(join(root, place), { onEntries, signal });
        archives.push(opened(zip, place));
      } catch (error) {
        if (signal?.aborted) {
          for (const { zip } of archives) zip.close();
          throw error;
        }
        unread.push({ archive: place, reason: reasonOf(error) });
      }
    }
    if (zips.length > 0) onProgress?.(zips.length, zips.length, '');
    const notRead = others.map((archive) => ({ archive, reason: 'only zips are read: unpack it' }));
    return new Archives(archives, [...unread, ...notRead]);
  }

  /** Zips that were read. */
  get count(): number {
    return this.#opened.length;
  }

  /** What would lie at a place below the folder were all zips unpacked. */
  find(place: string, kind: 'file' | 'folder'): Packed | undefined {
    const isFolder = kind === 'folder';
    for (const rank of [0, 1, 2]) {
      const found = this.#opened.flatMap(({ zip, files, folders, prefixes }): Packed[] => {
        const prefix = prefixes[rank];
        if (prefix === undefined || !place.startsWith(prefix)) return [];
        const entries = (isFolder ? folders : files).get(place.slice(prefix.length));
        if (!entries) return [];
        if (isFolder) return [{ zip, isFolder, entries, fault: entries.find(({ fault }) => fault)?.fault }];
        return entries.map((entry) => ({ zip, isFolder, entries: [entry], fault: entry.fault }));
      });
      if (found.length > 0) return theOne(found);
    }
    return undefined;
  }

  close(): void {
    for (const { zip } of this.#opened) zip.close();
  }
}
