// Decoded clips in memory, least recently used first out, bounded in bytes: each video is decoded once, however many
// completions, rewards and epochs ask for it.
// Leaves out: the disk. A file that changes under its path is not noticed unless it comes with an `identity`; make a new cache.

import type { Clip } from './frame.ts';
import { loadFrameFolder } from './frame-folder.ts';
import { type LoadOptions, loadClip } from './load.ts';
import type { VideoProfile } from './profile.ts';

export interface CacheOptions extends LoadOptions {
  /** What the content is known by (a hash), in place of its path. */
  readonly identity?: string;
  /** The path is a folder of pictures, so many of which are a second. */
  readonly frameFps?: number;
}

/** What makes a clip of a file. */
export type Loader = (path: string, profile: VideoProfile, options?: CacheOptions) => Promise<Clip>;

/** A file by its content, a folder of pictures where the options say so. */
export const loadAny: Loader = (path, profile, options = {}) =>
  options.frameFps === undefined
    ? loadClip(path, profile, options)
    : loadFrameFolder(path, profile, { ...options, fps: options.frameFps });

/** Pixel bytes of a clip; a repeated frame counts once. */
export function clipBytes(clip: Clip): number {
  return [...new Set(clip.frames)].reduce((sum, frame) => sum + frame.data.byteLength, 0);
}

export class ClipCache {
  readonly #limit: number;
  readonly #load: Loader;
  readonly #clips = new Map<string, Clip>();
  readonly #pending = new Map<string, Promise<Clip>>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  /** @param maxBytes bound on the pixels kept (default 512 MiB); @param load what decodes; default: loadClip, and loadFrameFolder for folders */
  constructor(maxBytes = 512 * 1024 * 1024, load: Loader = loadAny) {
    this.#limit = maxBytes;
    this.#load = load;
  }

  /** The clip, decoded at most once at a time; errors are not kept, so a repaired file loads on the next call. */
  async get(path: string, profile: VideoProfile, options?: CacheOptions): Promise<Clip> {
    const key = JSON.stringify([options?.identity ?? path, profile, options?.window, options?.frameFps]);
    const known = this.#clips.get(key);
    if (known) {
      this.#hits++;
      this.#clips.delete(key);
      this.#clips.set(key, known);
      return known;
    }
    const running = this.#pending.get(key);
    if (running) {
      this.#hits++;
      return running;
    }
    this.#misses++;
    const loading = this.#load(path, profile, options);
    this.#pending.set(key, loading);
    try {
      const clip = await loading;
      this.#keep(key, clip);
      return clip;
    } finally {
      this.#pending.delete(key);
    }
  }

  #keep(key: string, clip: Clip): void {
    const size = clipBytes(clip);
    if (size > this.#limit) return;
    this.#clips.set(key, clip);
    this.#bytes += size;
    for (const [oldest, old] of this.#clips) {
      if (this.#bytes <= this.#limit) break;
      this.#clips.delete(oldest);
      this.#bytes -= clipBytes(old);
    }
  }

  /** What the cache holds and did so far. */
  get stats(): { readonly clips: number; readonly bytes: number; readonly hits: number; readonly misses: number } {
    return { clips: this.#clips.size, bytes: this.#bytes, hits: this.#hits, misses: this.#misses };
  }

  clear(): void {
    this.#clips.clear();
    this.#bytes = 0;
  }
}
