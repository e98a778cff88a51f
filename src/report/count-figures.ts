// Figures of counts as plain Vega-Lite data: bars whose parts add up, and histograms of two sets over one axis. Leaves out: colours and
// fonts (figure-style.ts), drawing (figures.ts).
import type { TopLevelSpec } from 'vega-lite';
import { base, colorBy, fitted } from './figures.ts';
import type { HistogramBin } from './statistics.ts';

export interface Part {
  readonly label: string;
  readonly series: string;
  readonly count: number;
}

export interface PartsOptions {
  readonly title: string;
  readonly width?: number;
  readonly rowHeight?: number;
  /** Order of rows and of parts; absent: as they come. */
  readonly labels?: readonly string[];
  readonly series?: readonly string[];
  /** Counts (default), or shares of 1. */
  readonly format?: 'count' | 'share';
}

const axisOf = (format: PartsOptions['format']) => ({
  format: format === 'share' ? '.0%' : '~s',
  tickCount: 5,
  grid: true,
});

/** A horizontal bar per label, made of its parts side by side. */
export function stackedBarsSpec(parts: readonly Part[], options: PartsOptions): TopLevelSpec {
  const { title, width = 680, rowHeight = 26, format } = options;
  const labels = options.labels ?? [...new Set(parts.map(({ label }) => label))];
  const series = options.series ?? [...new Set(parts.map((part) => part.series))];
  const order = parts.map((part) => ({ ...part, order: series.indexOf(part.series) }));
  return {
    ...base,
    title,
    width,
    height: Math.max(1, labels.length) * rowHeight,
    autosize: { type: 'fit-x', contains: 'padding' },
    data: { values: order },
    mark: { type: 'bar', opacity: 0.8, aria: false },
    encoding: {
      y: {
        field: 'label',
        type: 'nominal',
        sort: [...labels],
        title: null,
        axis: { ticks: false, domain: false, labelFontSize: 12, labelOpacity: 1, labelPadding: 8 },
        scale: { paddingInner: 0.3 },
      },
      x: { field: 'count', type: 'quantitative', title: null, axis: axisOf(format) },
      order: { field: 'order', type: 'quantitative' },
      color: colorBy('series', series),
    },
  };
}

/** Horizontal bars beside each other, one per series, under each label: two sets compared. */
export function groupedBarsSpec(parts: readonly Part[], options: PartsOptions): TopLevelSpec {
  const spec = stackedBarsSpec(parts, options) as Extract<TopLevelSpec, { encoding?: unknown }> & { height: number };
  const series = options.series ?? [...new Set(parts.map((part) => part.series))];
  const { order: _, ...encoding } = spec.encoding as Record<string, object>;
  const x = { ...encoding.x, stack: null };
  const yOffset = { field: 'series', type: 'nominal', sort: [...series] };
  const height = spec.height * Math.max(1, series.length * 0.75);
  return { ...spec, height, encoding: { ...encoding, x, yOffset } } as TopLevelSpec;
}

export interface NamedHistogram {
  readonly name: string;
  readonly bins: readonly HistogramBin[];
}

export interface SharesOptions {
  readonly title: string;
  readonly xTitle: string;
  readonly width?: number;
  readonly height?: number;
}

/** Histograms of several sets over the same bins, as shares of each set, drawn as steps over each other. */
export function sharesSpec(sets: readonly NamedHistogram[], options: SharesOptions): TopLevelSpec {
  const { title, xTitle, width = 520, height = 220 } = options;
  const values = sets.flatMap(({ name, bins }) => {
    const n = Math.max(
      1,
      bins.reduce((sum, { count }) => sum + count, 0),
    );
    return bins.map(({ from, to, count }) => ({ name, from, to, share: count / n }));
  });
  const names = sets.map(({ name }) => name);
  const edges = values.flatMap(({ from, to }) => [from, to]);
  return {
    ...base,
    ...fitted,
    title,
    width,
    height,
    data: { values },
    mark: { type: 'bar', opacity: sets.length > 1 ? 0.5 : 0.8, binSpacing: 1, aria: false },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        bin: { binned: true },
        title: xTitle,
        scale: {
          domain: [edges.reduce((a, b) => Math.min(a, b), 0), edges.reduce((a, b) => Math.max(a, b), 0)],
          nice: false,
        },
        axis: { tickCount: 6 },
      },
      x2: { field: 'to' },
      y: {
        field: 'share',
        type: 'quantitative',
        title: null,
        stack: null,
        axis: { format: '.0%', tickCount: 4 },
      },
      color: colorBy('name', names),
    },
  };
}

/** A figure as a file of its own: black on white, whatever page shows it. */
export const standaloneSvg = (svg: string): string =>
  `${svg.replace('<svg ', '<svg style="background:#fff;color:#1c1d1f" ')}\n`;
