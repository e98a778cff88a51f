// A file of lines that is whole or not there, written line by line: as atomic.ts, for what does not fit into memory.
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const BUFFER_CHARS = 1 << 18;

export class LineFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #waiting: string[] = [];
  #chars = 0;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Starts a file under another name, which `removeTemporaries` (atomic.ts) knows; missing parent directories are made. */
  static async open(path: string): Promise<LineFile> {
    await mkdir(dirname(path), { recursive: true });
    const name = `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    const temporary = join(dirname(path), name);
    return new LineFile(path, temporary, await open(temporary, 'wx'));
  }

  /** Adds a line; its end is added here. Resolves at once but for now and then, when what has gathered goes to disk. */
  async write(line: string): Promise<void> {
    this.#waiting.push(line, '\n');
    this.#chars += line.length;
    if (this.#chars >= BUFFER_CHARS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#chars = 0;
    if (text !== '') await this.#handle.writeFile(text);
  }

  /** Puts the whole file in its place. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#temporary, this.#path);
  }

  /** Removes what was written; what was in the file's place before stays. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }
}

/** Opens the files, hands them to `fill`, and puts all in place when it succeeds, none when it fails. */
export async function writeLineFiles<T>(
  paths: readonly string[],
  fill: (...files: LineFile[]) => Promise<T>,
): Promise<T> {
  const files: LineFile[] = [];
  try {
    for (const path of paths) files.push(await LineFile.open(path));
    const result = await fill(...files);
    for (const file of files) await file.finish();
    return result;
  } catch (error) {
    for (const file of files) await file.abandon();
    throw error;
  }
}
