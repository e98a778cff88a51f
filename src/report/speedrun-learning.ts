// Second part of the speedrun's page: what moved during GRPO and SFT, step by step.

import { palette } from './figure-style.ts';
import { type Curve, type CurvesOptions, curvesSpec, renderSvg } from './figures.ts';
import { html, type SafeHtml } from './html.ts';
import { figure } from './page.ts';
import type { GrpoMetrics, SftMetrics } from './speedrun-data.ts';

type Measure = keyof typeof measures;

/** Title, colour and fixed range of each measure; a range only where the measure has a natural one. */
const measures = {
  reward: { title: 'total reward', color: palette.blue },
  format: { title: 'format reward', color: palette.grey, domain: [0, 1] },
  accuracy: { title: 'accuracy reward', color: palette.green, domain: [0, 1] },
  semantic: { title: 'semantic reward R_s, mean ± spread', color: palette.orange, domain: [0, 1] },
  semanticSaturation: { title: 'share of R_s at 0 or 1', color: palette.orange, domain: [0, 1] },
  kl: { title: 'KL to the reference', color: palette.rose },
  completionLength: { title: 'tokens per completion', color: palette.blue },
  truncated: { title: 'share cut off at the limit', color: palette.grey },
  reflecting: { title: 'share that re-checks itself', color: palette.green, domain: [0, 1] },
  clipFraction: { title: 'share of clipped ratios', color: palette.grey },
  loss: { title: 'GRPO loss', color: palette.blue, zero: false },
  gradNorm: { title: 'gradient norm', color: palette.grey },
} as const;

/** The recorded values of one measure; rows without it are left out. Empty: nothing was recorded. */
function curveOf(rows: readonly GrpoMetrics[], measure: Measure): Curve {
  const recorded = rows.filter((row) => typeof row[measure] === 'number');
  const spread =
    measure === 'semantic' && recorded.every((row) => typeof row.semanticSpread === 'number')
      ? recorded.map((row) => row.semanticSpread as number)
      : undefined;
  return {
    name: measures[measure].title,
    color: measures[measure].color,
    points: recorded.map((row) => ({ step: row.step, value: row[measure] as number })),
    ...(spread ? { spread } : {}),
  };
}

async function drawCurve(curve: Curve, options: CurvesOptions): Promise<SafeHtml | null> {
  if (curve.points.length === 0) return null;
  const [first, last] = [curve.points[0], curve.points[curve.points.length - 1]];
  const label = `${curve.name}: ${first.value.toPrecision(3)} at step ${first.step}, ${last.value.toPrecision(3)} at step ${last.step}`;
  return figure(await renderSvg(curvesSpec([curve], options)), label);
}

async function drawMeasure(rows: readonly GrpoMetrics[], measure: Measure): Promise<SafeHtml | null> {
  const { title, color: _, ...options } = measures[measure] as CurvesOptions & { color: string };
  return drawCurve(curveOf(rows, measure), { title, ...options });
}

/** GRPO: the total reward and each part, and the signs of health. Every dot is a step; the line averages its neighbours. */
export async function grpoSection(rows: readonly GrpoMetrics[]): Promise<SafeHtml> {
  if (rows.length === 0) return html`<p class="note">No GRPO steps were recorded.</p>`;
  const drawn: (SafeHtml | null)[] = [];
  for (const measure of Object.keys(measures) as Measure[]) drawn.push(await drawMeasure(rows, measure));
  return html`<p class="lead">${rows.length} steps. Every dot is a step, measured on that step's own completions; the line averages
neighbouring steps. Total = format + accuracy + semantic, the last only where the accuracy reward is above 0.</p>
<div class="figures">${drawn}</div>`;
}

/** SFT: loss, and gradient norm where it was recorded. */
export async function sftSection(rows: readonly SftMetrics[]): Promise<SafeHtml> {
  if (rows.length === 0) return html`<p class="note">No SFT steps were recorded.</p>`;
  const withNorm = rows.filter((row) => typeof row.gradNorm === 'number');
  const loss = { name: 'SFT loss', points: rows.map((row) => ({ step: row.step, value: row.loss })) };
  const norm = {
    name: 'gradient norm',
    color: palette.grey,
    points: withNorm.map((row) => ({ step: row.step, value: row.gradNorm as number })),
  };
  return html`<p class="lead">${rows.length} steps; the loss covers the completion only (nats per token).</p>
<div class="figures">${await drawCurve(loss, { title: 'SFT loss' })}${await drawCurve(norm, { title: 'gradient norm' })}</div>`;
}
