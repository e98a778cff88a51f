// The figures of a data card, as files of their own: what the chains are about, how long they are, how similar open-ended answers were.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic.ts';
import { sharesSpec, stackedBarsSpec, standaloneSvg } from '../../report/count-figures.ts';
import { histogramSpec, renderSvg } from '../../report/figures.ts';
import { roundWidth } from '../../report/length-counter.ts';
import type { FilterCounts } from '../filter/tally.ts';
import type { CardFacts } from './card-facts.ts';

export const figureNames = ['kinds', 'lengths', 'similarities'] as const;
export type FigureName = (typeof figureNames)[number];

/** Where a figure is, below the folder of the results. */
export const figureFile = (name: FigureName): string => `figures/${name}.svg`;

const LENGTH_BINS = 40;

function specs({ kinds, lengths }: CardFacts, { similarity }: FilterCounts) {
  const parts = [...kinds].flatMap(([label, types]) => [...types].map(([series, count]) => ({ label, series, count })));
  const total = (label: string) => [...(kinds.get(label)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  const labels = [...kinds.keys()].sort((a, b) => total(b) - total(a) || (a < b ? -1 : 1));
  const series = [...new Set(parts.map((part) => part.series))].sort();
  const top = Math.max(lengths.kept.quantile(0.99), lengths.drafts.quantile(0.99));
  const width = roundWidth(top, LENGTH_BINS);
  const bins = Math.floor(top / width) + 1;
  const shares = [
    { name: 'revised chains', bins: lengths.kept.histogram(width, bins) },
    { name: 'their drafts', bins: lengths.drafts.histogram(width, bins) },
  ];
  return {
    kinds: parts.length > 0 && stackedBarsSpec(parts, { title: 'Chains by skill and answer type', labels, series }),
    lengths:
      parts.length > 0 &&
      sharesSpec(shares, {
        title: 'Length of the reasoning',
        xTitle: 'words; the longest 1% in the last bar',
        width: 680,
      }),
    similarities:
      similarity !== null &&
      histogramSpec(
        similarity.bins.map(({ from, to, chains }) => ({ from, to, count: chains })),
        {
          title: 'Open-ended answers: similarity to the reference',
          xTitle: 'cosine of the text embeddings',
          width: 680,
        },
      ),
  };
}

/** Draws what there is to draw below `out`; returns the names. */
export async function writeCardFigures(out: string, facts: CardFacts, filter: FilterCounts): Promise<FigureName[]> {
  const drawn: FigureName[] = [];
  const all = specs(facts, filter);
  for (const name of figureNames) {
    const spec = all[name];
    if (!spec) {
      await rm(join(out, figureFile(name)), { force: true });
      continue;
    }
    await writeFileAtomic(join(out, figureFile(name)), standaloneSvg(await renderSvg(spec)));
    drawn.push(name);
  }
  return drawn;
}
