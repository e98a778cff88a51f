// Figures of counts say what was counted: parts in their order, shares of each set for itself, and a drawing of them.
import { expect, test } from 'vitest';
import { groupedBarsSpec, sharesSpec, stackedBarsSpec, standaloneSvg } from './count-figures.ts';
import { renderSvg } from './figures.ts';

const valuesOf = (spec: unknown) => (spec as { data: { values: Record<string, number>[] } }).data.values;

test('shares are of each set for itself, whatever its size', () => {
  const bins = (...counts: number[]) => counts.map((count, i) => ({ from: i, to: i + 1, count }));
  const sets = [
    { name: 'small', bins: bins(1, 3) },
    { name: 'large', bins: bins(500, 500) },
    { name: 'none', bins: bins(0, 0) },
  ];
  const values = valuesOf(sharesSpec(sets, { title: 't', xTitle: 'x' }));
  expect(values.map(({ share }) => share)).toEqual([0.25, 0.75, 0.5, 0.5, 0, 0]);
});

const parts = [
  { label: 'a', series: 'second', count: 2 },
  { label: 'a', series: 'first', count: 1 },
];

/** Where bars begin and how long they are, as the drawing has them, in the order of the parts. */
const bars = (svg: string) =>
  [...svg.matchAll(/d="M(-?[\d.]+),[\d.]+h(-?[\d.]+)v[\d.]+h-?[\d.]+Z"[^>]*fill="#/g)].map(([, x, width]) => [
    Number(x),
    Number(width),
  ]);

test('parts of a row stand side by side in the order of the series; grouped ones begin at the same place', async () => {
  const options = { title: 't', series: ['first', 'second'] };
  const spec = stackedBarsSpec(parts, options);
  expect(valuesOf(spec).map(({ order, count }) => [order, count])).toEqual([
    [1, 2],
    [0, 1],
  ]);
  const [stacked, grouped] = [await renderSvg(spec), await renderSvg(groupedBarsSpec(parts, options))];
  const [[secondAt, second], [firstAt, first]] = bars(stacked);
  expect([firstAt, secondAt, second / first]).toEqual([0, first, expect.closeTo(2, 9)]);
  const [[otherAt, other], [ownAt, own]] = bars(grouped);
  expect([otherAt, ownAt, other / own]).toEqual([0, 0, expect.closeTo(2, 9)]);
  expect(standaloneSvg(grouped)).toMatch(/^<svg style="background:#fff/);
});
