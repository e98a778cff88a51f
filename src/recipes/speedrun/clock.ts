// Wall seconds and peak memory of each stage, kept in stages.json over interruptions.

import { writeFileAtomic } from '../../base/atomic.ts';
import { readTextIfPresent } from '../../base/if-present.ts';

interface Entry {
  seconds: number;
  done: boolean;
}

export class StageClock {
  private readonly file: string;
  private readonly entries: Record<string, Entry>;
  private peakMb: number;

  private constructor(file: string, stored: { stages: Record<string, Entry>; peakRssMb: number }) {
    this.file = file;
    this.entries = stored.stages;
    this.peakMb = stored.peakRssMb;
  }

  static async open(file: string): Promise<StageClock> {
    const text = await readTextIfPresent(file);
    return new StageClock(file, text === undefined ? { stages: {}, peakRssMb: 0 } : JSON.parse(text));
  }

  /** Runs a stage and adds its time, also when it throws. Stages find out by themselves what is left to do. */
  async time<T>(name: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const entry = this.entries[name] ?? { seconds: 0, done: false };
    this.entries[name] = entry;
    const finished = entry.done;
    try {
      const result = await run();
      entry.done = true;
      return result;
    } finally {
      if (!finished) entry.seconds += (performance.now() - began) / 1000;
      this.peakMb = Math.max(this.peakMb, process.resourceUsage().maxRSS / 1024);
      await writeFileAtomic(
        this.file,
        `${JSON.stringify({ stages: this.entries, peakRssMb: this.peakMb }, null, 2)}\n`,
      );
    }
  }

  /** Seconds of a stage that has ended; undefined for another. */
  finished(name: string): number | undefined {
    const entry = this.entries[name];
    return entry?.done ? entry.seconds : undefined;
  }

  get seconds(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.entries).map(([name, { seconds }]) => [name, Math.round(seconds * 10) / 10]),
    );
  }
  /** Largest resident set of the main process so far, MB. */
  get peakRssMb(): number {
    return Math.round(this.peakMb);
  }
}
