// The media of a benchmark, some of them in zips: whoever asks for a path gets the file, unpacked while it is used. Errors about an unpacked file name
// the archive and its entry. Leaves out: finding (benchmarks/read.ts), unpacking (data/archives/).
import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { VideorftError } from '../base/errors.ts';
import { readTextIfPresent } from '../base/if-present.ts';
import { type Archives, type Packed, packedIdentity, packedName, type UnpackedFolder } from '../data/archives/index.ts';
import type { Loader } from '../media/index.ts';

export interface ArchivedMediaOptions {
  /** The folder that paths start from. */
  readonly root: string;
  readonly archives: Archives;
  /** By path below the root. */
  readonly packed: ReadonlyMap<string, Packed>;
  readonly folder: UnpackedFolder;
  readonly signal?: AbortSignal;
}

/** The same error about the entry of the archive in place of a file of ours. */
function aboutEntry(error: unknown, packed: Packed, file: string): unknown {
  if (!(error instanceof VideorftError) || !error.code.startsWith('media-')) return error;
  const { code, fix, facts } = error;
  const message = error.message.replaceAll(file, packedName(packed));
  return new VideorftError(message, { code, fix, facts: { ...facts, file: packedName(packed) }, cause: error });
}

export class ArchivedMedia {
  private readonly options: ArchivedMediaOptions;

  constructor(options: ArchivedMediaOptions) {
    this.options = options;
  }

  private packedAt(file: string): Packed | undefined {
    const { root, packed } = this.options;
    return packed.get(relative(resolve(root), file).split(sep).join('/'));
  }

  /** Does `work` with the file at an absolute path, in the folder or in a zip. Errors: archive-entry, archive-store. */
  async use<T>(file: string, work: (file: string) => Promise<T>): Promise<T> {
    const packed = this.packedAt(file);
    if (!packed) return work(file);
    const { folder, signal } = this.options;
    return folder.use(
      packed,
      async (unpacked) => {
        try {
          return await work(unpacked);
        } catch (error) {
          throw aboutEntry(error, packed, unpacked);
        }
      },
      signal,
    );
  }

  /** Loads through `stored` around `decode`; what the store holds of a file in a zip is known without unpacking it. */
  loader(decode: Loader, stored: (decode: Loader) => Loader): Loader {
    const load = stored((file, profile, options) => this.use(file, (found) => decode(found, profile, options)));
    return (file, profile, options = {}) => {
      const packed = this.packedAt(file);
      return load(file, profile, packed ? { ...options, identity: packedIdentity(packed) } : options);
    };
  }

  /** The text of a small file at an absolute path; undefined where it is neither in the folder nor in a zip. */
  async text(file: string): Promise<string | undefined> {
    const there = await readTextIfPresent(file);
    if (there !== undefined) return there;
    const { root, archives, folder, signal } = this.options;
    const packed = archives.find(relative(resolve(root), file).split(sep).join('/'), 'file');
    return packed && folder.use(packed, (unpacked) => readFile(unpacked, 'utf8'), signal);
  }

  close(): void {
    this.options.archives.close();
  }
}
