// Figures as plain Vega-Lite data (curves, bars with intervals, histograms), and one function that draws a spec as SVG on
// the server, without a browser. Because a spec is plain data, the studio can draw the same one interactively.
// Leaves out: colours and fonts (figure-style.ts). Vega is loaded when the first figure is drawn, not before.
import type { TopLevelSpec } from 'vega-lite';
import { figureConfig, palette } from './figure-style.ts';
import { type HistogramBin, smooth } from './statistics.ts';

export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  readonly color?: string;
  /** Half-width of a band around the smoothed line, one per point (a standard deviation, say). */
  readonly spread?: readonly number[];
}

export interface CurvesOptions {
  readonly title: string;
  /** Outer size in pixels, axes and title included, so that neighbouring figures align. */
  readonly width?: number;
  readonly height?: number;
  /** Fixed vertical range; default: the data's own, with 0. */
  readonly domain?: readonly [number, number];
  /** Points averaged for the bold line (centred); default: a twelfth of the points, at least 1. */
  readonly window?: number;
  /** Vertical axis from 0 (default) or from the data's minimum. */
  readonly zero?: boolean;
}

export const base = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', config: figureConfig } as const;

/** Axes and titles fit inside the given size. */
export const fitted = { autosize: { type: 'fit', contains: 'padding' } } as const;

const colorOrder: readonly string[] = [palette.blue, palette.orange, palette.green, palette.rose, palette.grey];

/** A colour per name in their order; a legend from the second on. */
export const colorBy = (field: string, names: readonly string[]) => ({
  field,
  type: 'nominal' as const,
  sort: [...names],
  scale: { domain: [...names], range: names.map((_, i) => colorOrder[i % colorOrder.length]) },
  legend: names.length > 1 ? { title: null } : null,
});

/**
 * Learning curves: every point as a faint dot, the moving average as a line, one colour a curve; a legend appears with the
 * second curve. Steps on the horizontal axis.
 */
export function curvesSpec(curves: readonly Curve[], options: CurvesOptions): TopLevelSpec {
  const { title, width = 330, height = 190, domain, window, zero = true } = options;
  const values = curves.flatMap(({ name, points, spread }) => {
    const line = smooth(
      points.map((point) => point.value),
      window ?? Math.max(1, Math.round(points.length / 12)),
    );
    return points.map(({ step, value }, i) => ({
      name,
      step,
      value,
      line: line[i],
      ...(spread ? { low: line[i] - spread[i], high: line[i] + spread[i] } : {}),
    }));
  });
  const names = curves.map((curve) => curve.name);
  const range = curves.map((curve, i) => curve.color ?? colorOrder[i % colorOrder.length]);
  // A curve of nothing but zeros has no range of its own.
  const unit = values.every(({ value }) => value === 0) ? ([0, 1] as const) : undefined;
  const vertical = domain ?? unit;
  const scale = vertical ? { domain: [...vertical], clamp: true } : { zero };
  const quantitative = (field: string) => ({ field, type: 'quantitative' as const, scale, title: null });
  const band = curves.some((curve) => curve.spread !== undefined);
  return {
    ...base,
    ...fitted,
    title,
    width,
    height,
    data: { values },
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'step',
        axis: { tickCount: 5 },
        scale: { zero: false, nice: false },
      },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: names, range },
        sort: names,
        legend: names.length > 1 ? { title: null, symbolType: 'stroke', symbolStrokeWidth: 3 } : null,
      },
    },
    layer: [
      ...(band
        ? [
            {
              mark: { type: 'area' as const, opacity: 0.15, aria: false },
              encoding: { y: quantitative('low'), y2: { field: 'high' } },
            },
          ]
        : []),
      {
        mark: { type: 'circle', size: 10, opacity: 0.35, aria: false },
        encoding: { y: { ...quantitative('value'), axis: { tickCount: 4 } } },
      },
      { mark: { type: 'line', strokeWidth: 2, aria: false }, encoding: { y: quantitative('line') } },
    ],
  };
}

export interface Bar {
  /** Row of the chart: the model. */
  readonly label: string;
  /** Colour within a row: the mode. */
  readonly series: string;
  /** Shares in 0..1. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Horizontal grouped bars of shares on a 0–100% axis, each with its interval as a line and its value in figures. */
export function barsSpec(
  bars: readonly Bar[],
  options: { title?: string; width?: number; rowHeight?: number },
): TopLevelSpec {
  const { title, width = 445, rowHeight = 17 } = options;
  const labels = [...new Set(bars.map((bar) => bar.label))];
  const series = [...new Set(bars.map((bar) => bar.series))];
  const rows = bars.map((bar) => ({ ...bar, text: (100 * bar.value).toFixed(1) }));
  const percentAxis = { format: '.0%', tickCount: 6, grid: true };
  const x = (field: string) => ({ field, type: 'quantitative' as const, title: null, axis: percentAxis });
  const y = {
    field: 'label',
    type: 'nominal' as const,
    sort: labels,
    title: null,
    axis: { ticks: false, domain: false },
  };
  return {
    ...base,
    ...(title ? { title } : {}),
    width,
    height: Math.round(labels.length * (series.length + 0.7) * rowHeight),
    autosize: { type: 'fit-x', contains: 'padding' },
    data: { values: rows },
    encoding: {
      y: {
        ...y,
        axis: { ...y.axis, labelFontSize: 12, labelOpacity: 1, labelPadding: 8 },
        scale: { paddingInner: 0.25 },
      },
      yOffset: { field: 'series', type: 'nominal', sort: series, scale: { paddingInner: 0.15 } },
      color: colorBy('series', series),
    },
    layer: [
      {
        mark: { type: 'bar', opacity: 0.75, aria: false, cornerRadiusEnd: 2 },
        encoding: { x: { ...x('value'), stack: null, scale: { domain: [0, 1] } } },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.5, aria: false },
        encoding: { x: x('low'), x2: { field: 'high' }, color: { value: 'currentColor' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 11, aria: false },
        encoding: { x: x('high'), text: { field: 'text' }, color: { value: 'currentColor' } },
      },
    ],
  };
}

/** Histogram from counted bins (statistics.ts), so that the counts on the page are the counts that were computed. */
export function histogramSpec(
  bins: readonly HistogramBin[],
  options: { title: string; width?: number; height?: number; xTitle?: string },
): TopLevelSpec {
  const { title, width = 330, height = 190, xTitle } = options;
  return {
    ...base,
    ...fitted,
    title,
    width,
    height,
    data: { values: [...bins] },
    mark: { type: 'bar', color: palette.blue, opacity: 0.75, binSpacing: 1, aria: false },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        bin: { binned: true },
        title: xTitle ?? null,
        scale: { domain: [bins[0].from, bins[bins.length - 1].to], nice: false },
        axis: { tickCount: 5 },
      },
      x2: { field: 'to' },
      y: { field: 'count', type: 'quantitative', title: null, axis: { tickCount: 4 } },
    },
  };
}

/** Draws a spec as an SVG string, scalable (width 100% of its box at most) and without a background. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
