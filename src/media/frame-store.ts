// Decoded clips on disk, shared by processes: one file per clip, known by its source's content and the budget it was decoded under. Bounded in bytes,
// what was used longest ago goes first. A file is written beside its place and renamed, and read back only where its checksum holds, so a kill, a full
// disk or a damaged file costs a decoding and nothing else. Leaves out: folders of pictures, which are quick to read anew.
import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SWEPT, sweepFolder } from '../base/bounded-folder.ts';
import { reasonOf } from '../base/errors.ts';
import { sha256, sha256File } from '../base/hash.ts';
import { log } from '../base/log.ts';
import { videoLibrary } from './av.ts';
import { type CacheOptions, clipBytes, type Loader } from './cache.ts';
import { throughDraft } from './encode.ts';
import type { Clip, Frame } from './frame.ts';
import type { VideoProfile } from './profile.ts';

/** Raised whenever the same file under the same profile gives other pixels; frame-store.test.ts pins them. */
export const PIXELS_VERSION = 2;

const ENDING = '.frames';
interface Header {
  readonly facts: Omit<Clip, 'frames'>;
  /** Each different frame once, in the order of its bytes. */
  readonly frames: readonly Omit<Frame, 'data'>[];
  /** What is shown: places in `frames`. */
  readonly shown: readonly number[];
}

const LINE_END = 10;
/** Eight hexadecimal digits and a line's end. */
const CHECKSUM_BYTES = 9;

/** The checksum of all that follows, the header as JSON, a line's end, the pixels. */
function pack({ frames: shown, ...facts }: Clip): Uint8Array[] {
  const frames = [...new Set(shown)];
  const header: Header = {
    facts,
    frames: frames.map(({ width, height, time }) => ({ width, height, time })),
    shown: shown.map((frame) => frames.indexOf(frame)),
  };
  const parts = [Buffer.from(`${JSON.stringify(header)}\n`), ...frames.map(({ data }) => data)];
  const crc = parts.reduce((sum, part) => crc32(part, sum), 0);
  return [Buffer.from(`${crc.toString(16).padStart(8, '0')}\n`), ...parts];
}

/** Undefined for anything but a whole file. */
function unpack(bytes: Buffer): Clip | undefined {
  const sum = crc32(bytes.subarray(CHECKSUM_BYTES)).toString(16).padStart(8, '0');
  if (bytes.toString('latin1', 0, CHECKSUM_BYTES) !== `${sum}\n`) return undefined;
  const end = bytes.indexOf(LINE_END, CHECKSUM_BYTES);
  if (end < 0) return undefined;
  const header = JSON.parse(bytes.toString('utf8', CHECKSUM_BYTES, end)) as Header;
  let at = end + 1;
  const frames = header.frames.map((frame): Frame => {
    const length = frame.width * frame.height * 3;
    const data = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
    at += length;
    return { ...frame, data };
  });
  return { ...header.facts, frames: header.shown.map((i) => frames[i]) };
}

export class FrameStore {
  readonly #dir: string;
  readonly #limit: number;
  /** Bytes in the folder as far as this process knows; undefined: not yet counted. */
  #bytes: number | undefined;
  #sweeping: Promise<void> | undefined;
  #failed = false;
  #hits = 0;
  #misses = 0;

  /** @param maxBytes bound on all files together */
  constructor(dir: string, maxBytes: number) {
    this.#dir = dir;
    this.#limit = maxBytes;
  }

  get stats(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** The same as `load`, through the store. What cannot be stored or read back is decoded; the first such failure is a warning. */
  through(load: Loader): Loader {
    return async (path, profile, options = {}) => {
      if (options.frameFps !== undefined) return load(path, profile, options);
      // Where the file cannot be read, `load` says why.
      const file = await this.#fileOf(path, profile, options).catch(() => undefined);
      const known = file && (await this.#get(file));
      if (known) {
        this.#hits++;
        return known;
      }
      this.#misses++;
      const clip = await load(path, profile, options);
      if (file) await this.#put(file, clip).catch((error: unknown) => this.#warn(error));
      return clip;
    };
  }

  async #fileOf(
    path: string,
    { name: _, ...budget }: VideoProfile,
    { window, maxPixels, identity }: CacheOptions,
  ): Promise<string> {
    const content = identity ?? (await sha256File(path));
    const key = [PIXELS_VERSION, await videoLibrary(), content, budget, window ?? null, maxPixels ?? null];
    return join(this.#dir, `${sha256(JSON.stringify(key))}${ENDING}`);
  }

  async #get(file: string): Promise<Clip | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn(error);
      return undefined;
    }
    const clip = unpack(bytes);
    const now = new Date();
    // Another process may have swept it away by now; what was read is whole all the same.
    if (clip) await utimes(file, now, now).catch(() => undefined);
    else await rm(file, { force: true }).catch((error: unknown) => this.#warn(error));
    return clip;
  }

  async #put(file: string, clip: Clip): Promise<void> {
    if (this.#failed || clipBytes(clip) > this.#limit * (1 - SWEPT)) return;
    const parts = pack(clip);
    await throughDraft(file, (draft) => writeFile(draft, parts));
    if (this.#bytes !== undefined) this.#bytes += parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#bytes === undefined || this.#bytes > this.#limit) await this.#sweep();
  }

  /** Counts the folder anew, since other processes write there too, and removes what is beyond the limit. */
  #sweep(): Promise<void> {
    this.#sweeping ??= sweepFolder(this.#dir, this.#limit, { isOurs: (name) => name.endsWith(ENDING) })
      .then((bytes) => {
        this.#bytes = bytes;
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
    return this.#sweeping;
  }

  #warn(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    log.warn(
      `decoded frames are not kept in ${this.#dir} (${reasonOf(error)}); videos are decoded when they are asked for`,
    );
  }
}
