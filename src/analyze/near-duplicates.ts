// Groups of records whose texts are nearly the same, from their fingerprints: 68 bytes a record, sorted once per band. Leaves out: the texts.
import { VideorftError } from '../base/errors.ts';
import { BANDS, fingerprint, similarity } from './fingerprint.ts';
import { growing } from './growing.ts';

/** Band hash and record share a double exactly: 29 and 24 bits. */
const RECORDS = 2 ** 24;
/** Within a band's bucket a record is held against so many earlier ones that are not similar to each other. */
const COMPARED = 16;
/** Records of a group that are named. */
const NAMED = 20;

export interface Group {
  readonly size: number;
  /** The first of its records, by their place in the file. */
  readonly lines: readonly number[];
}

export interface NearDuplicates {
  /** Records with a text to compare. */
  readonly compared: number;
  /** Records that are nearly the same as an earlier one. */
  readonly redundant: number;
  /** The largest groups. */
  readonly groups: readonly Group[];
  /** Least similarity of a pair. */
  readonly threshold: number;
}

export function createNearDuplicates(threshold: number, shown = 10) {
  const lines = growing((length) => new Uint32Array(length));
  const bands = growing((length) => new Uint32Array(length));
  const sketches = growing((length) => new Uint32Array(length));
  return {
    add(words: readonly string[], line: number): void {
      if (lines.length === RECORDS) throw tooMany();
      const found = fingerprint(words);
      lines.push(line);
      for (const band of found.bands) bands.push(band);
      for (const word of found.sketch) sketches.push(word);
    },
    result(): NearDuplicates {
      const parents = joined(bands.view(), sketches.view(), lines.length, threshold);
      return { compared: lines.length, threshold, ...groupsOf(parents, lines.view(), shown) };
    },
  };
}

const tooMany = () =>
  new VideorftError('There are too many records to look for near-duplicates among them.', {
    code: 'analyze-too-many',
    facts: { most: RECORDS },
    fix: 'Analyze parts of the data set, or switch it off: --near-duplicates 0.',
  });

function rootOf(parents: Uint32Array, record: number): number {
  let root = record;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]];
    root = parents[root];
  }
  return root;
}

/** The groups as a forest: each record's parent, the earliest being its own. */
function joined(bands: Uint32Array, sketches: Uint32Array, n: number, threshold: number): Uint32Array {
  const parents = Uint32Array.from({ length: n }, (_, i) => i);
  const keyed = new Float64Array(n);
  for (let band = 0; band < BANDS; band++) {
    for (let i = 0; i < n; i++) keyed[i] = bands[i * BANDS + band] * RECORDS + i;
    keyed.sort();
    let bucket = -1;
    let leaders: number[] = [];
    for (const key of keyed) {
      const hash = Math.floor(key / RECORDS);
      const record = key % RECORDS;
      if (hash !== bucket) [bucket, leaders] = [hash, []];
      const like = leaders.find((leader) => similarity(sketches, leader, record) >= threshold);
      if (like === undefined) {
        if (leaders.length < COMPARED) leaders.push(record);
        continue;
      }
      const [a, b] = [rootOf(parents, like), rootOf(parents, record)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return parents;
}

function groupsOf(parents: Uint32Array, lines: Uint32Array, shown: number) {
  const sizes = new Map<number, number>();
  for (let i = 0; i < parents.length; i++) {
    const root = rootOf(parents, i);
    if (root !== i) sizes.set(root, (sizes.get(root) ?? 1) + 1);
  }
  const redundant = [...sizes.values()].reduce((sum, size) => sum + size - 1, 0);
  const largest = [...sizes].sort(([a, m], [b, n]) => n - m || a - b).slice(0, shown);
  const members = new Map(largest.map(([root]) => [root, [] as number[]]));
  for (let i = 0; i < parents.length; i++) {
    const found = members.get(rootOf(parents, i));
    if (found && found.length < NAMED) found.push(lines[i]);
  }
  return { redundant, groups: largest.map(([root, size]) => ({ size, lines: members.get(root) as number[] })) };
}
