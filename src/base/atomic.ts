// Files and directories that are either whole or not there: temporary file, fsync, rename; for a directory a
// completeness marker, written last, that lists every file with its size. Leaves out: appending (jsonl.ts).
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { VideorftError } from './errors.ts';
import { readTextIfPresent, statIfPresent } from './if-present.ts';
import { log } from './log.ts';

/** Name of the file whose presence says that a directory is complete. */
export const markerName = 'COMPLETE.json';

/**
 * What systems answer that cannot open or flush a directory (Windows, some network file systems, a folder that may be written but not
 * read). Anything else is a failing disk.
 */
const NO_DIRECTORY_SYNC = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'];

/** Flushes a directory's entries (file names) to disk; where the system has no such thing, nothing happens. */
async function syncDirectory(dir: string): Promise<void> {
  try {
    const handle = await open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** A file that is being written beside its place. Nothing is seen of it before `commit`. */
export interface AtomicFile {
  write(piece: string | Uint8Array): Promise<void>;
  /** Syncs it and puts it in its place. */
  commit(): Promise<void>;
  /** Removes what was written; nothing after `commit`. */
  discard(): Promise<void>;
}

/** Opens a file that becomes visible as a whole or not at all. Missing parent directories are made. */
export async function openAtomic(path: string): Promise<AtomicFile> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx');
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await handle.close();
  };
  return {
    write: (piece) => handle.writeFile(piece),
    async commit() {
      await handle.sync();
      await close();
      await rename(temporary, path);
      await syncDirectory(dirname(path));
    },
    async discard() {
      // What is left is removed at the next start.
      await close().catch((left) => log.warn(`${temporary} stays open: ${left}`));
      await rm(temporary, { force: true }).catch((left) => log.warn(`${temporary} is left over: ${left}`));
    },
  };
}

/**
 * Writes a file so that readers see the old content or the new, never a part. Several pieces are written one after the
 * other. Missing parent directories are made.
 */
export async function writeFileAtomic(path: string, ...pieces: readonly (string | Uint8Array)[]): Promise<void> {
  const file = await openAtomic(path);
  try {
    for (const piece of pieces) await file.write(piece);
    await file.commit();
  } catch (error) {
    // The first failure is the one to throw.
    await file.discard();
    throw error;
  }
}

/** Removes what killed writers left below `dir`. Only for the one process that writes there. Returns how many. */
export async function removeTemporaries(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const left = entries.filter((entry) => entry.isFile() && /^\..+\.\d+-[0-9a-f]{8}\.tmp$/.test(entry.name));
  for (const entry of left) await rm(join(entry.parentPath, entry.name), { force: true });
  return left.length;
}

/** Sizes in bytes of all files below `dir`, by path relative to it, the marker excepted. */
async function fileSizes(dir: string, prefix = ''): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  const entries = await readdir(join(dir, prefix), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix ? `${prefix}/${entry.name}` : entry.name;
    if (entry.isDirectory()) Object.assign(sizes, await fileSizes(dir, name));
    else if (name !== markerName) sizes[name] = (await stat(join(dir, name))).size;
  }
  return sizes;
}

async function syncFiles(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const handle = await open(join(dir, name), 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  for (const folder of new Set([...names.map((name) => dirname(join(dir, name))), dir])) await syncDirectory(folder);
}

/**
 * Fills `dir` by the callback and marks it complete last. What an earlier attempt left there is removed first. If the
 * callback (or the disk) fails, the directory stays without a marker and `incompleteReason` says so.
 */
export async function writeDirectoryComplete(dir: string, fill: (dir: string) => Promise<void>): Promise<void> {
  await rm(join(dir, markerName), { force: true });
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await fill(dir);
  const files = await fileSizes(dir);
  await syncFiles(dir, Object.keys(files));
  await writeFileAtomic(join(dir, markerName), `${JSON.stringify({ files }, null, 2)}\n`);
  await syncDirectory(dirname(dir));
}

/**
 * Why `dir` must not be used (no marker, a missing or shortened file), or undefined when it is complete. Throws 'file-unreadable' where
 * that cannot be told: what may be whole is not passed over.
 */
export async function incompleteReason(dir: string): Promise<string | undefined> {
  const text = await readTextIfPresent(join(dir, markerName));
  if (text === undefined) return `${markerName} is missing: the writing was interrupted`;
  let listed: Record<string, number>;
  try {
    listed = (JSON.parse(text) as { files: Record<string, number> }).files;
  } catch {
    return `${markerName} is not readable`;
  }
  for (const [name, size] of Object.entries(listed)) {
    const found = await statIfPresent(join(dir, name));
    if (!found) return `${name} is missing`;
    if (found.size !== size) return `${name} has ${found.size} bytes instead of ${size}`;
  }
  return undefined;
}

/** Throws code 'incomplete-directory' unless `dir` was written completely. */
export async function assertComplete(dir: string): Promise<void> {
  const reason = await incompleteReason(dir);
  if (reason === undefined) return;
  throw new VideorftError(`${dir} is incomplete`, {
    code: 'incomplete-directory',
    facts: { directory: dir, reason },
    fix: 'delete it or choose another one',
  });
}
