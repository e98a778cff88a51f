// What was found out about media files, kept in media.jsonl beside the results: a file that has not changed is not looked at again.
import { stat } from 'node:fs/promises';
import { statIfPresent } from '../../base/if-present.ts';
import { appendJsonl, streamJsonl } from '../../base/jsonl.ts';
import type { LookSettings, MediaFacts } from './look.ts';

export interface MediaProblem {
  readonly code: string;
  readonly reason: string;
  readonly fix?: string;
}

/** Facts of a usable file, or why it is none. */
export type MediaVerdict =
  | { readonly facts: MediaFacts; readonly problem?: undefined }
  | { readonly facts?: undefined; readonly problem: MediaProblem };

type Entry = MediaVerdict & { readonly path: string; readonly identity: string };

/** What another attempt may find different although the file is the same. */
const PASSING = new Set(['media-timeout', 'media-crash', 'media-missing', 'media-unreadable', 'media-native']);

export class MediaBook {
  readonly #file: string;
  readonly #settings: string;
  readonly #entries = new Map<string, Entry>();

  private constructor(file: string, { depth, maxPixels, maxSeconds }: LookSettings) {
    this.#file = file;
    this.#settings = `${depth}/${maxPixels}/${maxSeconds}`;
  }

  static async open(file: string, settings: LookSettings): Promise<MediaBook> {
    const book = new MediaBook(file, settings);
    if (!(await statIfPresent(file))) return book;
    for await (const { value } of streamJsonl<Entry>(file)) book.#entries.set(value.path, slim(value));
    return book;
  }

  /** Size, time of change and how it is looked at; undefined where the file cannot be found or asked: looking at it then says why. */
  async identify(file: string): Promise<string | undefined> {
    const facts = await stat(file).catch(() => undefined);
    return facts && `${facts.size}/${facts.mtimeMs}/${this.#settings}`;
  }

  /** What is known of this very file. */
  known(path: string, identity: string | undefined): boolean {
    const entry = this.#entries.get(path);
    if (entry === undefined || identity === undefined || entry.identity !== identity) return false;
    return !entry.problem || !PASSING.has(entry.problem.code);
  }

  async add(path: string, identity: string | undefined, verdict: MediaVerdict): Promise<void> {
    const entry: Entry = { path, identity: identity ?? '', ...verdict };
    this.#entries.set(path, slim(entry));
    await appendJsonl(this.#file, entry, { fsync: false });
  }

  verdict(path: string): MediaVerdict | undefined {
    return this.#entries.get(path);
  }
}

/** What later steps ask for; the rest stays in the file. */
function slim({ path, identity, facts, problem }: Entry): Entry {
  if (problem) return { path, identity, problem };
  const { kind, sha256, seconds } = facts;
  return { path, identity, facts: { kind, sha256, seconds } };
}
