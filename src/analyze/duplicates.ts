// Exact duplicates, by a hash of each text: 8 bytes a record. 53 bits: among 310,000 different texts, two share one with a chance of 1 in 190,000.
import { createHash } from 'node:crypto';
import { growing } from './growing.ts';

function hash53(text: string): number {
  const bytes = createHash('sha256').update(text).digest();
  return bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11);
}

export interface Duplicates {
  readonly total: number;
  readonly distinct: number;
}

export interface DuplicateCounter {
  add(text: string): void;
  result(): Duplicates;
  /** Hashes in ascending order, each once. */
  hashes(): Float64Array;
}

export function createDuplicateCounter(): DuplicateCounter {
  const hashes = growing((length) => new Float64Array(length));
  const sorted = () => {
    const all = hashes.view().slice().sort();
    return all.filter((hash, i) => i === 0 || hash !== all[i - 1]);
  };
  return {
    add: (text) => hashes.push(hash53(text)),
    result: () => ({ total: hashes.length, distinct: sorted().length }),
    hashes: sorted,
  };
}

/** How many values two ascending lists share. */
export function sharedCount(a: Float64Array, b: Float64Array): number {
  let [i, j, shared] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) [i, j, shared] = [i + 1, j + 1, shared + 1];
    else if (a[i] < b[j]) i++;
    else j++;
  }
  return shared;
}
