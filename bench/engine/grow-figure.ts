// The figure of grow.ts: a row per part, a column per axis, both sides as lines over logarithmic axes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { figureConfig, palette } from '../../src/report/figure-style.ts';
import { renderSvg } from '../../src/report/figures.ts';
import type { GrowPoint, Part } from './grow.ts';

const titles: Readonly<Record<Part, string>> = {
  i: '(i) step of a plain transformer',
  ii: '(ii) SFT step of Qwen2.5-VL',
  iii: '(iii) group generation',
};

function panel(points: readonly GrowPoint[]) {
  const xs = [...new Set(points.map((p) => p.x))];
  return {
    data: { values: points.map((p) => ({ ...p })) },
    width: 190,
    height: 140,
    mark: { type: 'line' as const, point: { size: 30 }, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative' as const,
        title: points[0].axis,
        scale: { type: 'log' as const, nice: false },
        axis: { values: xs, format: 'd', labelBound: false },
      },
      y: { field: 'seconds', type: 'quantitative' as const, title: 'seconds', scale: { type: 'log' as const } },
      color: {
        field: 'side',
        type: 'nominal' as const,
        title: null,
        scale: { domain: ['ours', 'PyTorch'], range: [palette.blue, palette.orange] },
      },
    },
  };
}

export function growSpec(points: readonly GrowPoint[]): TopLevelSpec {
  const parts = [...new Set(points.map((p) => p.part))];
  const rows = parts.map((part) => {
    const own = points.filter((p) => p.part === part);
    const axes = [...new Set(own.map((p) => p.axis))];
    const panels = axes.map((axis) => panel(own.filter((p) => p.axis === axis)));
    return { title: titles[part], hconcat: panels };
  });
  return { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', config: figureConfig, vconcat: rows };
}

/** Writes bench/results/NAME.svg and its numbers as NAME.json; returns the figure's path. */
export async function writeGrowth(name: string, machine: unknown, points: readonly GrowPoint[]): Promise<string> {
  const folder = join(import.meta.dirname, '../results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ machine, points }, null, 1)}\n`);
  const file = join(folder, `${name}.svg`);
  await writeFile(file, await renderSvg(growSpec(points)));
  return file;
}
