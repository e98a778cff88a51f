// A folder that is kept below a number of bytes: what was used longest ago goes first, and what a killed writer left behind when it is old. Leaves out:
// who writes there and how (media/frame-store.ts, data/archives/unpacked.ts).
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { statIfPresent } from './if-present.ts';

/** What writers left behind is removed when it is as old as this. */
const ABANDONED_MS = 3_600_000;
/** A sweep goes down to this share of the limit, so that not every file begins one. */
export const SWEPT = 0.9;

export interface SweepOptions {
  /** Whether a name is one of what the folder holds. Hidden names that end in .tmp are drafts; others are left alone. */
  readonly isOurs: (name: string) => boolean;
  /** Files that stay whatever their age. */
  readonly inUse?: (file: string) => boolean;
}

/** Bytes that stay. A file that another process removes meanwhile is gone either way. */
export async function sweepFolder(dir: string, limit: number, { isOurs, inUse }: SweepOptions): Promise<number> {
  const found: { file: string; bytes: number; used: number }[] = [];
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    const facts = await statIfPresent(file);
    if (!facts) continue;
    if (isOurs(name)) found.push({ file, bytes: facts.size, used: facts.mtimeMs });
    else if (/^\..+\.tmp$/.test(name) && Date.now() - facts.mtimeMs > ABANDONED_MS)
      await rm(file, { recursive: true, force: true });
  }
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= limit) return total;
  for (const { file, bytes } of found.sort((a, b) => a.used - b.used)) {
    if (total <= limit * SWEPT) break;
    if (inUse?.(file)) continue;
    await rm(file, { force: true });
    total -= bytes;
  }
  return total;
}
