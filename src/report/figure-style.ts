// How every figure looks: the colours and the Vega-Lite configuration. Text and lines take the page's own colour
// (currentColor), so that one SVG works on white and on dark. Leaves out: what is drawn (figures.ts).
import type { Config } from 'vega-lite';

/** Okabe and Ito's colour-blind-safe palette, in middle tones that hold on white and on near-black. */
export const palette = {
  blue: '#2b83ba',
  orange: '#e08214',
  green: '#1b9e77',
  rose: '#cc6699',
  grey: '#8a8f98',
} as const;

const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export const figureConfig: Config = {
  background: undefined,
  font,
  view: { stroke: null },
  title: { anchor: 'start', fontSize: 13, fontWeight: 600, color: 'currentColor', offset: 8 },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    labelOpacity: 0.75,
    titleOpacity: 0.75,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 11,
    domainColor: 'currentColor',
    domainOpacity: 0.35,
    tickColor: 'currentColor',
    tickOpacity: 0.35,
    tickSize: 4,
    gridColor: 'currentColor',
    gridOpacity: 0.1,
  },
  axisX: { grid: false },
  legend: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    labelFontSize: 11,
    labelLimit: 0,
    symbolSize: 90,
    orient: 'top',
  },
};
