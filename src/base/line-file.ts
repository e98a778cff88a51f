// A file of lines that is whole or not there, written line by line: an atomic file (atomic.ts) with a buffer before it, for what does not fit
// into memory.
import { type AtomicFile, openAtomic } from './atomic.ts';

const BUFFER_CHARS = 1 << 18;

export class LineFile {
  readonly #file: AtomicFile;
  #waiting: string[] = [];
  #chars = 0;

  private constructor(file: AtomicFile) {
    this.#file = file;
  }

  /** Starts a file under another name, which `removeTemporaries` (atomic.ts) knows; missing parent directories are made. */
  static async open(path: string): Promise<LineFile> {
    return new LineFile(await openAtomic(path));
  }

  /** Adds a line; its end is added here. Resolves at once but for now and then, when what has gathered goes to disk. */
  async write(line: string): Promise<void> {
    this.#waiting.push(line, '\n');
    this.#chars += line.length;
    if (this.#chars >= BUFFER_CHARS) await this.flush();
  }

  /** Hands what has gathered to the disk. */
  async flush(): Promise<void> {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#chars = 0;
    if (text !== '') await this.#file.write(text);
  }

  /** Puts the whole file in its place. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#file.commit();
  }

  /** Removes what was written; what was in the file's place before stays. */
  abandon(): Promise<void> {
    return this.#file.discard();
  }
}

/**
 * Opens the files, hands them to `fill`, and puts all in place when it succeeds, none when it fails or the disk does not take all of them.
 */
export async function writeLineFiles<T>(
  paths: readonly string[],
  fill: (...files: LineFile[]) => Promise<T>,
): Promise<T> {
  const files: LineFile[] = [];
  try {
    for (const path of paths) files.push(await LineFile.open(path));
    const result = await fill(...files);
    for (const file of files) await file.flush();
    for (const file of files) await file.finish();
    return result;
  } catch (error) {
    for (const file of files) await file.abandon();
    throw error;
  }
}
