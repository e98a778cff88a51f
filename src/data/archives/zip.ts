// A zip file: its central directory, read once, and the bytes of single entries, checked against the length and the checksum that the directory
// promises. Nothing is written here (unpacked.ts). Leaves out: archives in parts, encryption, other compressions than deflate.
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { VideorftError } from '../../base/errors.ts';
import { archiveError } from './errors.ts';
import { type ZipEntry, zipEntry } from './zip-entry.ts';

export interface ReadZipOptions {
  /** Called now and then with entries read so far. */
  readonly onEntries?: (read: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Entries between two reports. */
const REPORT_EVERY = 1000;
/** Directories of more are not read: each entry stays in memory. */
const MOST_ENTRIES = 4_000_000;
const CENTRAL_HEADER = 0x02014b50;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A directory may say fewer entries than it has (a count that ran over): then another header follows the last one. */
async function refuseMoreEntries(file: string, at: number): Promise<void> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, at);
    if (bytesRead === 4 && buffer.readUInt32LE() === CENTRAL_HEADER)
      throw archiveError('archive-unreadable', file, 'its directory holds more entries than it says');
  } finally {
    await handle.close();
  }
}

export class Zip {
  readonly file: string;
  /** Changes whenever the file does. */
  readonly identity: string;
  readonly entries: readonly ZipEntry[];
  readonly #zip: ZipFile;

  private constructor(file: string, identity: string, entries: readonly ZipEntry[], zip: ZipFile) {
    this.file = file;
    this.identity = identity;
    this.entries = entries;
    this.#zip = zip;
  }

  /** Reads the directory. Throws 'archive-unreadable', or the signal's reason. The file stays open until `close`. */
  static async open(file: string, { onEntries, signal }: ReadZipOptions = {}): Promise<Zip> {
    const yauzl = await import('yauzl');
    let zip: ZipFile | undefined;
    try {
      const { size, mtimeMs } = await stat(file);
      // Names and sizes are checked here, an entry at a time: one that is bad is no reason to lose the others.
      const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false };
      zip = await yauzl.openPromise(file, options);
      const { entryCount } = zip;
      if (entryCount > MOST_ENTRIES)
        throw archiveError('archive-unreadable', file, `it says that it has ${entryCount} entries`);
      const entries: ZipEntry[] = [];
      let read = 0;
      for await (const raw of zip.eachEntry()) {
        if (++read % REPORT_EVERY === 0) onEntries?.(read, entryCount);
        signal?.throwIfAborted();
        const entry = zipEntry(raw, yauzl);
        if (entry) entries.push(entry);
      }
      onEntries?.(entryCount, entryCount);
      await refuseMoreEntries(file, Number(zip.readEntryCursor)); // a number, whatever its types say
      return new Zip(file, `${size}-${mtimeMs}`, entries, zip);
    } catch (cause) {
      zip?.close();
      if (cause instanceof VideorftError || signal?.aborted) throw cause;
      throw archiveError('archive-unreadable', file, `it cannot be read (${messageOf(cause)})`, { cause });
    }
  }

  async #stream(entry: ZipEntry): Promise<Readable> {
    if (entry.fault !== undefined) throw new Error(entry.fault);
    const { at, bytes, packedBytes, deflated } = entry;
    const asked = { relativeOffsetOfLocalHeader: at, compressedSize: packedBytes } as Entry;
    const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(asked, { minimal: true });
    return new Promise((resolve, reject) => {
      this.#zip.openReadStreamLowLevel(fileDataStart, packedBytes, 0, packedBytes, deflated, bytes, (error, stream) =>
        error ? reject(error) : resolve(stream),
      );
    });
  }

  /** The entry's bytes, piece by piece; whole and right when the last has come. Throws 'archive-entry'. */
  async *read(entry: ZipEntry, signal?: AbortSignal): AsyncGenerator<Buffer> {
    try {
      let [length, sum] = [0, 0];
      for await (const piece of await this.#stream(entry)) {
        signal?.throwIfAborted();
        length += (piece as Buffer).length;
        if (length > entry.bytes) throw new Error(`more bytes come out than the ${entry.bytes} it is said to have`);
        sum = crc32(piece as Buffer, sum);
        yield piece as Buffer;
      }
      if (length < entry.bytes) throw new Error(`it has ${length} bytes of the ${entry.bytes} it is said to have`);
      if (sum !== entry.crc32) throw new Error('its checksum is wrong: bytes of it are damaged');
    } catch (cause) {
      if (cause instanceof VideorftError || signal?.aborted) throw cause;
      throw archiveError('archive-entry', this.file, messageOf(cause), { entry: entry.name, cause });
    }
  }

  /** The first bytes of an entry, at least one where it has any; nothing behind them is looked at. Throws 'archive-entry'. */
  async head(entry: ZipEntry): Promise<Buffer> {
    for await (const piece of this.read(entry)) return piece;
    return Buffer.alloc(0);
  }

  close(): void {
    this.#zip.close();
  }
}
