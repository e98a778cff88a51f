// How many items have each key, for tests of rows.
export function countBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const key = keyOf(item) ?? '';
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
