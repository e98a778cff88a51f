// An entry of a zip's central directory: its name, its sizes, and why it is never read, where that can be told before reading. Leaves out:
// what only its bytes tell (zip.ts).
import { isUtf8 } from 'node:buffer';

export interface ZipEntry {
  /** With "/" between folders, and none in front. */
  readonly name: string;
  /** Unpacked and packed. */
  readonly bytes: number;
  readonly packedBytes: number;
  readonly crc32: number;
  readonly deflated: boolean;
  /** Where its local header begins. */
  readonly at: number;
  /** Why it is not read. */
  readonly fault?: string;
}

interface ExtraField {
  readonly id: number;
  readonly data: Buffer;
}

/** What of yauzl's entries is read. */
export interface RawEntry {
  readonly fileNameRaw: Buffer;
  readonly extraFields: ExtraField[];
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly externalFileAttributes: number;
  readonly crc32: number;
  readonly relativeOffsetOfLocalHeader: number;
  isEncrypted(): boolean;
}

/** What of yauzl itself: it is loaded when the first archive is opened. */
export interface NameRules {
  getFileNameLowLevel(flags: number, name: Buffer, extraFields: ExtraField[], strict: boolean): string;
  validateFileName(name: string): string | null;
}

const UNICODE_PATH = 0x7075;
const [STORED, DEFLATED] = [0, 8];
/** Kinds of files in the mode that Unix writes. */
const [KIND, FOLDER, FILE, LINK] = [0o170000, 0o040000, 0o100000, 0o120000];

/** Many writers use UTF-8 without saying so; what is valid UTF-8 by chance is not to be expected. */
function writtenName({ fileNameRaw, extraFields, generalPurposeBitFlag }: RawEntry, rules: NameRules): string {
  if (isUtf8(fileNameRaw) && !extraFields.some(({ id }) => id === UNICODE_PATH))
    return fileNameRaw.toString('utf8').replaceAll('\\', '/');
  return rules.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

/** The name without what would lead elsewhere: drive, "/" in front, "." and "..". */
const harmless = (name: string): string =>
  name
    .replace(/^[A-Za-z]:/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');

function faultOf(written: string, entry: RawEntry, rules: NameRules): string | undefined {
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  const kind = (entry.externalFileAttributes >>> 16) & KIND;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
  if (rules.validateFileName(written) !== null || /[\u0000-\u001f]/.test(written))
    return `its name (${JSON.stringify(written)}) leads out of the folder that it would be unpacked in`;
  if (kind === LINK) return 'it is a symbolic link, and links are not followed';
  if (kind !== 0 && kind !== FILE) return 'it is no regular file';
  if (entry.isEncrypted()) return 'it is encrypted';
  if (method !== STORED && method !== DEFLATED) return `its compression method ${method} is not read`;
  if (method === STORED && compressedSize !== uncompressedSize)
    return `it is stored as ${compressedSize} bytes and said to have ${uncompressedSize}`;
  return undefined;
}

/** Undefined for folders, which need no entries, and for what a Mac adds. */
export function zipEntry(entry: RawEntry, rules: NameRules): ZipEntry | undefined {
  const written = writtenName(entry, rules);
  const isFolder = written.endsWith('/') || ((entry.externalFileAttributes >>> 16) & KIND) === FOLDER;
  const name = harmless(written);
  if (isFolder || name === '' || name.startsWith('__MACOSX/')) return undefined;
  const fault = faultOf(written, entry, rules);
  return {
    name,
    bytes: entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    crc32: entry.crc32,
    deflated: entry.compressionMethod === DEFLATED,
    at: entry.relativeOffsetOfLocalHeader,
    ...(fault === undefined ? {} : { fault }),
  };
}
