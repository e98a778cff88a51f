// The figure of docs/SCALING.md: a bar of seconds for each machine, by what a step of GRPO is spent on.
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { stackedBarsSpec, standaloneSvg } from '../../src/report/count-figures.ts';
import { figureConfig } from '../../src/report/figure-style.ts';
import { renderSvg } from '../../src/report/figures.ts';
import { stepOutcomes } from './tables.ts';

export const figureFile = join(import.meta.dirname, '../../docs/scaling-step.svg');

/** Parts that are seen; the rest is summed. */
const shown = ['generation', 'update', 'reference', 'network'] as const;

function stepFigure(): TopLevelSpec {
  const parts = stepOutcomes().flatMap(({ plan, step }) => {
    const rest = Object.entries(step).reduce((sum, [name, s]) => (shown.some((n) => n === name) ? sum : sum + s), 0);
    const label = plan.name;
    return [
      ...shown.map((series) => ({ label, series, count: step[series] })),
      { label, series: 'all else', count: rest },
    ];
  });
  const spec = stackedBarsSpec(parts, { title: 'Seconds of a step of GRPO, Qwen2.5-VL-7B, by the model', width: 640 });
  // Names of machines are never cut.
  return { ...spec, config: { ...figureConfig, axisY: { labelLimit: 0 } } };
}

export const renderFigure = async (): Promise<string> => `${standaloneSvg(await renderSvg(stepFigure()))}\n`;
