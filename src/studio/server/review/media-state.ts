// The medium of a sample for a browser: as it is where browsers play it, else as a copy that is made when somebody looks and kept for a while.
// Leaves out: sending bytes (send-file.ts).
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, VideorftError } from '../../../base/errors.ts';
import { sha256 } from '../../../base/hash.ts';
import { createLimiter } from '../../../base/limit.ts';
import type { Row } from '../../../curate/review/index.ts';
import { mediaFile } from '../../../data/media-root.ts';
import { browserCopy, decodeImage, encodeJpeg, inspectFile, probe } from '../../../media/index.ts';
import type { MediaState } from '../../api.ts';
import type { Sendable } from '../send-file.ts';
import { imageType, playsInBrowsers } from './browser-forms.ts';

export interface MediaOptions {
  readonly mediaRoot: string | undefined;
  /** Folder for copies, of this process alone. */
  readonly scratch: string;
  /** Bytes of copies that are kept. */
  readonly cacheBytes: number;
}

/** A file as it is now. */
interface Found {
  readonly path: string;
  /** Another one when the file is. */
  readonly mark: string;
}

export interface Original extends Sendable {
  readonly kind: 'video' | 'image';
  readonly plays: boolean;
  /** Facts for people. */
  readonly note: string;
}

async function lookAt(path: string): Promise<Original> {
  const { kind, head } = await inspectFile(path);
  if (kind === 'image') {
    const type = imageType(head);
    return { path, kind, type: type ?? 'image/jpeg', plays: type !== undefined, note: type ?? 'a picture' };
  }
  const { width, height, fps, durationSeconds, codec, notes } = await probe(path);
  const { plays, type } = playsInBrowsers(head, codec);
  const facts = [`${width}×${height}`, `${Number(fps.toFixed(2))} frames/s`, `${durationSeconds.toFixed(1)} s`, codec];
  return { path, kind: 'video', type, plays, note: [...facts, ...notes].join(', ') };
}

interface Copy {
  readonly path: string;
  readonly type: string;
  share: number;
  bytes: number;
  done: boolean;
  error: unknown;
  asked: number;
  readonly stop: AbortController;
}

/** A copy that nobody has asked for so long is not made to its end. */
const FORGOTTEN_MS = 5000;
const MOST_IMAGE_PIXELS = 100_000_000;

export class MediaStates implements AsyncDisposable {
  readonly #options: MediaOptions;
  /** By the file's mark: of a file that was mended or replaced another one is made. */
  readonly #copies = new Map<string, Copy>();
  readonly #limiter = createLimiter(1);
  readonly #running = new Set<Promise<void>>();
  /** The last file that was looked at: while a copy is made its state is asked for again and again. */
  #last: { readonly mark: string; readonly facts: Promise<Original> } | undefined;

  constructor(options: MediaOptions) {
    this.#options = options;
  }

  /** The file as it is, and whether a browser plays it. Throws what is wrong with it. */
  async original(row: Row): Promise<Original> {
    return this.#lookAt(await this.#fileOf(row));
  }

  #lookAt({ path, mark }: Found): Promise<Original> {
    if (this.#last?.mark !== mark) this.#last = { mark, facts: lookAt(path) };
    return this.#last.facts;
  }

  async #fileOf(row: Row): Promise<Found> {
    const { mediaRoot } = this.#options;
    if (mediaRoot === undefined)
      throw new VideorftError('It is not known where the media are.', {
        code: 'media-missing',
        fix: 'Start the review with --media-root DIR.',
      });
    if (typeof row.path !== 'string' || row.path === '')
      throw new VideorftError('The row names no medium.', { code: 'media-missing', fix: 'Correct its path.' });
    const path = await mediaFile(mediaRoot, { problem_id: String(row.problem_id), path: row.path });
    const { size, mtimeMs, ino } = await stat(path);
    return { path, mark: JSON.stringify([path, ino, size, mtimeMs]) };
  }

  /** What the page is to show; starts a copy where one is needed, or asked for because the browser could not play the original. */
  async state(row: Row, url: string, convert: boolean): Promise<MediaState> {
    try {
      const file = await this.#fileOf(row);
      const { plays, kind, note } = await this.#lookAt(file);
      if (plays && !convert) return { state: 'ready', kind, url: `${url}/original`, note, converted: false };
      const copy = this.#copyOf(file, kind);
      copy.asked = performance.now();
      if (copy.error !== undefined) return failed(copy.error);
      if (!copy.done) return { state: 'converting', share: copy.share, note };
      return { state: 'ready', kind, url: `${url}/copy`, note, converted: true };
    } catch (error) {
      return failed(error);
    }
  }

  /** The finished copy, if there is one. */
  async copy(row: Row): Promise<Sendable | undefined> {
    const copy = this.#copies.get((await this.#fileOf(row)).mark);
    if (copy) copy.asked = performance.now();
    return copy?.done ? copy : undefined;
  }

  #copyOf(file: Found, kind: 'video' | 'image'): Copy {
    const known = this.#copies.get(file.mark);
    if (known) return known;
    const name = `${sha256(file.mark).slice(0, 24)}.${kind === 'image' ? 'jpg' : 'mp4'}`;
    const copy: Copy = {
      path: join(this.#options.scratch, name),
      type: kind === 'image' ? 'image/jpeg' : 'video/mp4',
      share: 0,
      bytes: 0,
      done: false,
      error: undefined,
      asked: performance.now(),
      stop: new AbortController(),
    };
    this.#copies.set(file.mark, copy);
    const running = this.#make(file, kind, copy).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return copy;
  }

  async #make({ path, mark }: Found, kind: 'video' | 'image', copy: Copy): Promise<void> {
    const forget = setInterval(() => {
      if (performance.now() - copy.asked > FORGOTTEN_MS) copy.stop.abort(new Error('nobody waits for it any more'));
    }, 1000);
    try {
      const { signal } = copy.stop;
      const onProgress = (share: number) => {
        copy.share = share;
      };
      await this.#limiter.run(async () => {
        signal.throwIfAborted();
        if (kind === 'video') return browserCopy(path, copy.path, { signal, onProgress });
        await writeFile(copy.path, await encodeJpeg(await decodeImage(path, { maxPixels: MOST_IMAGE_PIXELS }), 90));
      });
      copy.bytes = (await stat(copy.path)).size;
      copy.done = true;
      await this.#trim(copy);
    } catch (error) {
      copy.error = error;
      // What was given up is made when it is asked for again; what is damaged stays so.
      if (copy.stop.signal.aborted) this.#copies.delete(mark);
    } finally {
      clearInterval(forget);
    }
  }

  /** Removes the copies that nobody has looked at for longest. */
  async #trim(newest: Copy): Promise<void> {
    const finished = [...this.#copies].filter(([, copy]) => copy.done && copy !== newest);
    let bytes = [newest, ...finished.map(([, copy]) => copy)].reduce((sum, copy) => sum + copy.bytes, 0);
    for (const [mark, copy] of finished.sort(([, a], [, b]) => a.asked - b.asked)) {
      if (bytes <= this.#options.cacheBytes) return;
      bytes -= copy.bytes;
      this.#copies.delete(mark);
      await rm(copy.path, { force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const copy of this.#copies.values()) copy.stop.abort(new Error('the review has ended'));
    await Promise.all(this.#running);
  }
}

function failed(error: unknown): MediaState {
  const known = error instanceof VideorftError;
  return {
    state: 'failed',
    reason: known ? error.message : reasonOf(error),
    fix: (known ? error.fix : undefined) ?? 'Check the file.',
  };
}
