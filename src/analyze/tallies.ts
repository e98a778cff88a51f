// Counts by name, of names that a file may bring in any number: the first so many are told apart, all further ones are counted together.
const NAMES = 64;
export const OTHERS = 'others';

export type Tally = Readonly<Record<string, number>>;

export function createTally(names = NAMES) {
  const counts = new Map<string, number>();
  return {
    add(name: string, by = 1): void {
      const known = counts.has(name) || counts.size < names ? name : OTHERS;
      counts.set(known, (counts.get(known) ?? 0) + by);
    },
    /** Largest first, ties by name. */
    result: (): Tally => Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))),
  };
}

/** Counts by two names. */
export function createTable() {
  const rows = new Map<string, ReturnType<typeof createTally>>();
  return {
    add(row: string, column: string): void {
      const known = rows.has(row) || rows.size < NAMES ? row : OTHERS;
      const tally = rows.get(known) ?? createTally();
      tally.add(column);
      rows.set(known, tally);
    },
    result: (): Readonly<Record<string, Tally>> =>
      Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => [name, tally.result()])),
  };
}

export const total = (tally: Tally): number => Object.values(tally).reduce((sum, count) => sum + count, 0);
