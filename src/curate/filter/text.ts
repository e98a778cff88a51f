// The filter's counts as lines for the terminal: the rules that found something, and the similarities as a histogram beside the number of
// chains that each threshold would keep.
import type { FilterCounts, Similarities } from './tally.ts';

const WIDTH = 32;

function histogram({ chains, threshold, min, mean, max, bins }: Similarities): string[] {
  const most = Math.max(...bins.map((bin) => bin.chains));
  let kept = bins.reduce((sum, bin) => sum + bin.sound, 0);
  const lines = bins.map((bin) => {
    const bar = '█'.repeat(Math.ceil((WIDTH * bin.chains) / most)).padEnd(WIDTH);
    const mark = threshold >= bin.from && threshold < bin.to ? ' ← minSimilarity' : '';
    const line = `  ${bin.from.toFixed(3).padStart(6)} ${bar} ${String(bin.chains).padStart(6)}   ${String(kept).padStart(6)}${mark}`;
    kept -= bin.sound;
    return line;
  });
  const head = `similarity of ${chains} open-ended answers to their references: ${min} to ${max}, mean ${mean}; minSimilarity ${threshold}`;
  return [
    head,
    `  ${'from'.padStart(6)} ${''.padEnd(WIDTH)} ${'chains'.padStart(6)}   kept if minSimilarity were here`,
    ...lines,
  ];
}

export function formatFilter({ rules, similarity }: FilterCounts): string[] {
  const found = Object.entries(rules).filter(([, count]) => count.found > 0);
  const said = found.map(
    ([name, { rejected, found: n }]) => `${name} ${rejected}${n === rejected ? '' : ` (of ${n} found)`}`,
  );
  return [...(said.length > 0 ? [`filter: ${said.join(', ')}`] : []), ...(similarity ? histogram(similarity) : [])];
}
