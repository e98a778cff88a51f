// What is taken out of archives, one file at a time as it is needed: kept in a folder of bounded size, whole or not there, by names of our own, so that
// no name in an archive decides where anything is written. A folder of an archive is taken out, used and removed. Several processes may share the
// folder. Leaves out: reading archives (zip.ts), finding in them (archives.ts).
import { randomUUID } from 'node:crypto';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { openAtomic } from '../../base/atomic.ts';
import { sweepFolder } from '../../base/bounded-folder.ts';
import { VideorftError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { statIfPresent } from '../../base/if-present.ts';
import { createLimiter } from '../../base/limit.ts';
import { log } from '../../base/log.ts';
import { type Packed, packedName } from './archives.ts';
import { archiveError } from './errors.ts';
import type { Zip } from './zip.ts';
import type { ZipEntry } from './zip-entry.ts';

/** Files in use at once; each may be as large as the folder. */
const AT_ONCE = 4;
/** From so many bytes on it is said that something is being unpacked. */
const LARGE = 500e6;

const ours = /^[0-9a-f]{64}\.?[a-z0-9]*$/;

/** What the content is known by. The checksum alone would be too short. */
export const packedIdentity = ({ entries }: Packed): string =>
  `packed ${sha256(JSON.stringify(entries.map(({ name, crc32, bytes, packedBytes }) => [name, crc32, bytes, packedBytes])))}`;

export class UnpackedFolder {
  readonly #dir: string;
  readonly #limit: number;
  readonly #limiter = createLimiter(AT_ONCE);
  /** Uses under way, by file. */
  readonly #used = new Map<string, number>();
  readonly #coming = new Map<string, Promise<void>>();

  /** @param maxBytes bound on all files together; those in use stay beyond it */
  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#limit = maxBytes;
  }

  /**
   * Does `work` with the unpacked file or folder, which stays until the work is done. Throws 'archive-entry' where it cannot be had,
   * 'archive-store' where nothing can be written, and what `work` throws.
   */
  use<T>(packed: Packed, work: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#limiter.run(async () => {
      this.#refuse(packed);
      return packed.isFolder ? this.#useFolder(packed, work, signal) : this.#useFile(packed, work, signal);
    }, signal);
  }

  #refuse(packed: Packed): void {
    const { zip, entries, fault } = packed;
    const [{ name }] = entries;
    if (fault !== undefined) throw archiveError('archive-entry', zip.file, fault, { entry: name });
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    if (bytes <= this.#limit) return;
    throw archiveError('archive-entry', zip.file, `${bytes} bytes would come out, more than ${this.#limit}`, {
      entry: name,
      fix: 'raise --unpacked-gb if it is to be as large; no benchmark has a video of more than a few GB',
    });
  }

  async #useFolder<T>({ zip, entries }: Packed, work: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const dir = join(this.#dir, `.${randomUUID()}.tmp`);
    try {
      await this.#writing(
        zip,
        async () => {
          await mkdir(dir, { recursive: true });
          for (const entry of entries) await writeFile(join(dir, basename(entry.name)), zip.read(entry, signal));
        },
        signal,
      );
      return await work(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async #useFile<T>(packed: Packed, work: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const [entry] = packed.entries;
    const key = sha256(`${packed.zip.file} ${packed.zip.identity} ${entry.at} ${packedIdentity(packed)}`);
    const ending = extname(entry.name).toLowerCase();
    const file = join(this.#dir, `${key}${/^\.[a-z0-9]{1,8}$/.test(ending) ? ending : ''}`);
    this.#used.set(file, (this.#used.get(file) ?? 0) + 1);
    try {
      await this.#ensure(packed, entry, file, signal);
      return await work(file);
    } catch (error) {
      // Another process may have swept it away meanwhile.
      if (signal?.aborted || (await statIfPresent(file))) throw error;
      if (error instanceof VideorftError && error.code.startsWith('archive-')) throw error;
      await this.#ensure(packed, entry, file, signal);
      return await work(file);
    } finally {
      const left = (this.#used.get(file) ?? 1) - 1;
      if (left > 0) this.#used.set(file, left);
      else this.#used.delete(file);
    }
  }

  /** Unpacks the file once, however many ask for it. */
  async #ensure(packed: Packed, entry: ZipEntry, file: string, signal?: AbortSignal): Promise<void> {
    if ((await statIfPresent(file))?.size === entry.bytes) {
      const now = new Date();
      // Only its age is at stake; another process may have swept it away by now, and whoever opens it says so.
      await utimes(file, now, now).catch(() => undefined);
      return;
    }
    const coming = this.#coming.get(file) ?? this.#unpack(packed, entry, file, signal);
    this.#coming.set(file, coming);
    await coming.finally(() => this.#coming.delete(file));
  }

  async #unpack(packed: Packed, entry: ZipEntry, file: string, signal?: AbortSignal): Promise<void> {
    const { zip } = packed;
    await this.#writing(zip, async () => {
      await mkdir(this.#dir, { recursive: true });
      const room = Math.max(0, this.#limit - entry.bytes);
      await sweepFolder(this.#dir, room, {
        isOurs: (name) => ours.test(name),
        inUse: (other) => this.#used.has(other),
      });
    });
    if (entry.bytes > LARGE) log.info(`unpacking ${(entry.bytes / 1e9).toFixed(1)} GB: ${packedName(packed)}`);
    await this.#write(zip, entry, file, signal);
  }

  async #write(zip: Zip, entry: ZipEntry, file: string, signal?: AbortSignal): Promise<void> {
    await this.#writing(
      zip,
      async () => {
        const draft = await openAtomic(file);
        try {
          for await (const piece of zip.read(entry, signal)) await draft.write(piece);
          await draft.commit();
        } catch (error) {
          await draft.discard();
          throw error;
        }
      },
      signal,
    );
  }

  /** What the disk refuses is no fault of the archive. */
  async #writing<T>(zip: Zip, write: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await write();
    } catch (cause) {
      if (cause instanceof VideorftError || signal?.aborted) throw cause;
      const what = `nothing can be unpacked into ${this.#dir} (${(cause as Error).message})`;
      throw archiveError('archive-store', zip.file, what, { cause });
    }
  }
}
