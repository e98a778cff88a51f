// Results on the same questions, paired: thinking against direct answers of the same model, and every other against the first.
import { pairedComparison } from '../../evaluate/index.ts';
import type { PairData } from '../../report/index.ts';
import type { Stored } from './result.ts';

const sameQuestions = (a: Stored, b: Stored): boolean =>
  a.manifest.dataset !== undefined && a.manifest.dataset.samples.sha256 === b.manifest.dataset?.samples.sha256;
const sameModel = (a: Stored, b: Stored): boolean =>
  JSON.stringify(a.manifest.model) === JSON.stringify(b.manifest.model);
const modeOf = ({ manifest }: Stored) => manifest.protocol.mode;

export function pairsOf(results: readonly Stored[], labels: readonly string[]) {
  const pairs: PairData[] = [];
  const unpaired: string[] = [];
  for (const [i, result] of results.entries()) {
    if (modeOf(result) !== 'think') continue;
    const direct = results.find((r) => modeOf(r) === 'direct' && sameModel(r, result) && sameQuestions(r, result));
    if (!direct) unpaired.push(labels[i]);
    else
      pairs.push({
        kind: 'thinking minus direct',
        label: `${labels[i]} minus ${labels[results.indexOf(direct)]}`,
        paired: pairedComparison(direct.rows, result.rows) ?? null,
      });
  }
  const first = results[0];
  for (const [i, result] of results.entries())
    if (i > 0 && modeOf(result) === modeOf(first) && sameQuestions(first, result))
      pairs.push({
        kind: 'minus the first',
        label: `${labels[i]} minus ${labels[0]}`,
        paired: pairedComparison(first.rows, result.rows) ?? null,
      });
  return { pairs, unpaired };
}
