// Compiled programs by key, least recently used out when those beside the newest weigh too much together. A session keeps the memory
// of its largest run, so a process that meets many batch shapes would otherwise keep the working memory of all of them.
import { totalmem } from 'node:os';
import type { Compiled } from './compile.ts';
import type { Device } from './runtime/ort.ts';

/**
 * Peak bytes (liveness.ts) of the programs kept beside the one that was just made, which may weigh what it must. A session on the CPU keeps that memory for
 * itself; those of a GPU share it, and building one anew takes longer than several runs.
 */
const limitOf = (device: Device): number => (device === 'cpu' ? Math.max(1024 ** 3, totalmem() / 20) : 16 * 1024 ** 3);

export class ProgramCache {
  private readonly limit: number;
  private readonly entries = new Map<string, Promise<Compiled>>();
  private readonly weights = new Map<string, number>();

  /** `limit`: in bytes, or the usual of a device. */
  constructor(limit: number | Device = 'cpu') {
    this.limit = typeof limit === 'number' ? limit : limitOf(limit);
  }

  /** The program of `key`, built on first use. Awaiting it and running it must not overlap with another `get` of this cache. */
  async get(key: string, build: () => Promise<Compiled>): Promise<Compiled> {
    const known = this.entries.get(key);
    if (known) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known;
    }
    const made = build();
    this.entries.set(key, made);
    try {
      const program = await made;
      this.weights.set(key, program.bytes);
      await this.shrink(key);
      return program;
    } catch (error) {
      this.entries.delete(key);
      throw error;
    }
  }

  private async shrink(keep: string): Promise<void> {
    let total = [...this.weights].reduce((n, [key, weight]) => (key === keep ? n : n + weight), 0);
    for (const [key, entry] of this.entries) {
      if (total <= this.limit) return;
      const weight = this.weights.get(key);
      if (key === keep || weight === undefined) continue;
      this.entries.delete(key);
      this.weights.delete(key);
      total -= weight;
      await (await entry).dispose();
    }
  }

  async dispose(): Promise<void> {
    const all = [...this.entries.values()];
    this.entries.clear();
    this.weights.clear();
    for (const entry of all) await (await entry).dispose();
  }
}
