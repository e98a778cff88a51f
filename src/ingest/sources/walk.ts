// Every file below a folder, links followed but never in a circle, names that are not UTF-8 told apart: no text can name those.
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { VideorftError } from '../../base/errors.ts';

export interface Walked {
  /** Paths relative to the folder, with slashes, in order. */
  readonly files: readonly string[];
  /** Paths with the bytes that are no UTF-8 as \xNN. */
  readonly unnameable: readonly string[];
}

const SLASH = Buffer.from('/');

/** Rejects with 'ingest-folder' where the folder cannot be read. Links that lead nowhere or in a circle are listed as files. */
export async function walk(folder: string): Promise<Walked> {
  const files: string[] = [];
  const unnameable: string[] = [];
  const visit = async (dir: Buffer, prefix: string, above: ReadonlySet<string>): Promise<void> => {
    const real = (await realpath(dir)).toString();
    if (above.has(real)) return;
    const inside = new Set([...above, real]);
    const names = await readdir(dir, { encoding: 'buffer' });
    for (const name of names.sort(Buffer.compare)) {
      const text = name.toString('utf8');
      const file = Buffer.concat([dir, SLASH, name]);
      if (!Buffer.from(text).equals(name)) unnameable.push(prefix + escaped(name));
      else if (!text.startsWith('.') && (await isFolder(file))) await visit(file, `${prefix}${text}/`, inside);
      else if (!text.startsWith('.')) files.push(prefix + text);
    }
  };
  try {
    await visit(Buffer.from(folder), '', new Set());
  } catch (cause) {
    throw new VideorftError(`The folder ${folder} cannot be read.`, {
      code: 'ingest-folder',
      facts: { folder },
      cause,
    });
  }
  return { files, unnameable };
}

/** A link to itself is a file that cannot be opened; whoever wants it says so. */
async function isFolder(file: Buffer): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch {
    return (await lstat(file)).isDirectory();
  }
}

/** Bytes outside of printable ASCII as \xNN. */
function escaped(name: Buffer): string {
  return [...name]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

/** Files by their path without extension; what several files share is left out. */
export function byStem(files: readonly string[]): Map<string, string> {
  const stems = new Map<string, string>();
  const shared = new Set<string>();
  for (const file of files) {
    const stem = file.slice(0, file.length - extname(file).length);
    if (stems.has(stem)) shared.add(stem);
    stems.set(stem, file);
  }
  for (const stem of shared) stems.delete(stem);
  return stems;
}
