// "Did you mean": the candidate nearest to a misspelt word by edit distance.

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length];
}

/** The nearest candidate, if it is near enough to be what was meant (at most a third of the letters wrong, or a part). */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const scored = candidates.map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }));
  const best = scored.sort((x, y) => x.distance - y.distance)[0];
  if (!best) return undefined;
  if (best.distance <= Math.max(1, Math.floor(Math.max(word.length, best.candidate.length) / 3))) return best.candidate;
  return lower.length >= 3 ? candidates.find((candidate) => candidate.toLowerCase().includes(lower)) : undefined;
}

/** 'did you mean "x"?' or, without a near candidate, 'choose one of: …'. */
export function suggestionFix(word: string, candidates: readonly string[], show = (name: string) => name): string {
  const near = suggest(word, candidates);
  return near === undefined ? `choose one of: ${candidates.map(show).join(', ')}` : `did you mean ${show(near)}?`;
}
