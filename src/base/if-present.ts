// Files that may not be there yet. Only absence is an answer; a file that cannot be read is an error.
import type { Dirent, Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { VideorftError } from './errors.ts';

async function ifPresent<T>(file: string, asked: Promise<T>, absent: readonly string[]): Promise<T | undefined> {
  try {
    return await asked;
  } catch (cause) {
    if (absent.includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new VideorftError('a file is there but cannot be read', {
      code: 'file-unreadable',
      facts: { file },
      fix: 'check its permissions and the disk',
      cause,
    });
  }
}

/** The file's text, or undefined where there is no such file. Throws 'file-unreadable' for any other failure. */
export const readTextIfPresent = (file: string): Promise<string | undefined> =>
  ifPresent(file, readFile(file, 'utf8'), ['ENOENT']);

/** The file's bytes, or undefined where there is no such file. Throws 'file-unreadable' for any other failure. */
export const readBytesIfPresent = (file: string): Promise<Buffer | undefined> =>
  ifPresent(file, readFile(file), ['ENOENT']);

/**
 * The file's facts, or undefined where there is no such file, or no such folder on the way to it. Throws 'file-unreadable' for any other
 * failure.
 */
export const statIfPresent = (file: string): Promise<Stats | undefined> =>
  ifPresent(file, stat(file), ['ENOENT', 'ENOTDIR']);

/** Whether the path is that of a file, links followed. Throws 'file-unreadable' as statIfPresent. */
export const isFile = async (path: string): Promise<boolean> => (await statIfPresent(path))?.isFile() ?? false;

/** Names in a folder, none where there is no such folder. Throws 'file-unreadable' for any other failure. */
export const namesIfPresent = async (dir: string): Promise<string[]> =>
  (await ifPresent(dir, readdir(dir), ['ENOENT'])) ?? [];

/** What is in a folder, by name and kind; nothing where there is no such folder. Throws 'file-unreadable' for any other failure. */
export const entriesIfPresent = async (dir: string): Promise<Dirent[]> =>
  (await ifPresent(dir, readdir(dir, { withFileTypes: true }), ['ENOENT', 'ENOTDIR'])) ?? [];
