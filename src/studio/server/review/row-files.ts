// Files that are read at byte offsets: held open, so that a file which is replaced meanwhile goes on being the one that was indexed.
import { type FileHandle, open } from 'node:fs/promises';
import { statIfPresent } from '../../../base/if-present.ts';

/** Which bytes of which file. */
export interface Place {
  readonly file: string;
  readonly at: number;
  readonly length: number;
}

/** Neighbouring rows are read together, up to so many bytes. */
const READ_BYTES = 4 << 20;

export class RowFiles implements AsyncDisposable {
  readonly #handles = new Map<string, FileHandle>();
  readonly #paths: Readonly<Record<string, string>>;
  #mark = '';
  #bytes = 0;

  private constructor(paths: Readonly<Record<string, string>>) {
    this.#paths = paths;
  }

  /** `paths`: files by the name that places call them. */
  static async open(paths: Readonly<Record<string, string>>): Promise<RowFiles> {
    const files = new RowFiles(paths);
    for (const [name, path] of Object.entries(paths)) files.#handles.set(name, await open(path, 'r'));
    for (const handle of files.#handles.values()) files.#bytes += (await handle.stat()).size;
    files.#mark = await files.#markNow();
    return files;
  }

  /** Size of all files together. */
  get bytes(): number {
    return this.#bytes;
  }

  get paths(): Readonly<Record<string, string>> {
    return this.#paths;
  }

  /** Changes when a file does. */
  get mark(): string {
    return this.#mark;
  }

  async #markNow(): Promise<string> {
    const marks = await Promise.all(
      Object.entries(this.#paths).map(async ([name, path]) => {
        const found = await statIfPresent(path);
        return [name, found?.ino, found?.size, found?.mtimeMs];
      }),
    );
    return JSON.stringify(marks);
  }

  /** Whether a file is another one, or longer or shorter, than when it was opened. */
  async haveChanged(): Promise<boolean> {
    return (await this.#markNow()) !== this.#mark;
  }

  async read({ file, at, length }: Place): Promise<string> {
    return (await this.#read(file, at, length)).toString('utf8');
  }

  /** Texts of the places, in their order; what lies close together is read at once. */
  async *readAll<T extends Place>(places: readonly T[]): AsyncGenerator<{ place: T; text: string }> {
    for (let first = 0; first < places.length; ) {
      const { file, at } = places[first];
      let last = first;
      const fits = ({ file: other, at: from, length }: Place) =>
        other === file && from >= at && from + length - at <= READ_BYTES;
      while (last + 1 < places.length && fits(places[last + 1])) last++;
      const bytes = await this.#read(file, at, places[last].at + places[last].length - at);
      for (const place of places.slice(first, last + 1))
        yield { place, text: bytes.toString('utf8', place.at - at, place.at - at + place.length) };
      first = last + 1;
    }
  }

  async #read(file: string, at: number, length: number): Promise<Buffer> {
    const handle = this.#handles.get(file);
    if (!handle) throw new TypeError(`there is no file ${file}`);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, at);
    return buffer.subarray(0, bytesRead);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close();
  }
}
