// Figures: one mark per datum at the place the scale says, and nothing that needs a browser.
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import { barsSpec, curvesSpec, histogramSpec, renderSvg } from './figures.ts';
import { histogram } from './statistics.ts';

/** Marks of one layer: the elements inside the group of that class. */
function marksOf(svg: string, kind: string, layer: string): string[] {
  const group = new RegExp(`<g class="mark-${kind} role-mark ${layer}marks"[^>]*>(.*?)</g>`).exec(svg);
  return group ? [...group[1].matchAll(/<(?:path|line|text)\b[^>]*>/g)].map((match) => match[0]) : [];
}

const translation = (mark: string): [number, number] => {
  const [, x, y] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(mark)!;
  return [Number(x), Number(y)];
};

/** Width and height of the area between the axes. */
const plotSize = (svg: string): [number, number] => {
  const [, width, height] = /class="background"[^>]* d="M0(?:.5)?,0(?:.5)?h([\d.]+)v([\d.]+)h/.exec(svg)!;
  return [Number(width), Number(height)];
};

/** What Vega-Lite complains about: a user would find it in the terminal. */
function complaints(spec: TopLevelSpec): string[] {
  const said: string[] = [];
  const tell = (...args: readonly unknown[]) => {
    said.push(args.join(' '));
    return logger;
  };
  const logger = { level: (() => logger) as never, warn: tell, error: tell, info: () => logger, debug: () => logger };
  compile(spec, { logger });
  return said;
}

describe('learning curves', () => {
  const points = Array.from({ length: 37 }, (_, i) => ({ step: i * 10, value: i / 36 }));

  it('draw one dot per point, in proportion', async () => {
    const svg = await renderSvg(curvesSpec([{ name: 'reward', points }], { title: 'reward', width: 360, height: 120 }));
    const dots = marksOf(svg, 'symbol', 'layer_0_').map(translation);
    expect(dots).toHaveLength(37);
    const [width, height] = plotSize(svg);
    expect(svg).toContain('width="360" height="120"');
    expect(dots[0]).toEqual([0, height]);
    expect(dots[36]).toEqual([width, 0]);
    expect(dots[18]).toEqual([width / 2, height / 2]);
    expect(marksOf(svg, 'line', 'layer_1_')).toHaveLength(1);
  });

  it('draw every curve, name them in a legend, and a band where a spread is given', async () => {
    const curves = [
      { name: 'format', points },
      { name: 'accuracy', points, spread: points.map(() => 0.1) },
    ];
    const svg = await renderSvg(curvesSpec(curves, { title: 'parts' }));
    expect(marksOf(svg, 'symbol', 'layer_1_')).toHaveLength(74);
    expect(svg).toContain('>format</text>');
    expect(svg).toContain('>accuracy</text>');
  });

  it('of nothing but zeros lie on the axis of a range from 0 to 1', async () => {
    const zeros = points.map(({ step }) => ({ step, value: 0 }));
    const svg = await renderSvg(curvesSpec([{ name: 'clipped', points: zeros }], { title: 'clipped' }));
    const [, height] = plotSize(svg);
    for (const dot of marksOf(svg, 'symbol', 'layer_0_')) expect(translation(dot)[1]).toBe(height);
    expect(svg).toMatch(/>1\.0<\/text>/);
  });
});

describe('bars with intervals', () => {
  it('and curves are drawn without a complaint', () => {
    const bar = { label: 'base', series: 'thinking', value: 0.25, low: 0.2, high: 0.3 };
    expect(complaints(barsSpec([bar], {}))).toEqual([]);
    expect(complaints(curvesSpec([{ name: 'a', points: [{ step: 0, value: 1 }] }], { title: 'a' }))).toEqual([]);
  });

  it('draw one bar, one interval and one value per entry, at the right length', async () => {
    const bars = [
      { label: 'base', series: 'thinking', value: 0.25, low: 0.2, high: 0.3 },
      { label: 'SFT', series: 'thinking', value: 0.5, low: 0.45, high: 0.55 },
      { label: 'SFT', series: 'direct', value: 0.4, low: 0.35, high: 0.45 },
    ];
    const svg = await renderSvg(barsSpec(bars, { width: 1000 }));
    expect(marksOf(svg, 'rect', 'layer_0_')).toHaveLength(3);
    const [width] = plotSize(svg);
    const rules = marksOf(svg, 'rule', 'layer_1_');
    expect(rules).toHaveLength(3);
    rules.forEach((rule, i) => {
      expect(translation(rule)[0]).toBeCloseTo(bars[i].low * width, 6);
      expect(Number(/ x2="([-\d.]+)"/.exec(rule)![1])).toBeCloseTo((bars[i].high - bars[i].low) * width, 6);
    });
    expect([...svg.matchAll(/>(25\.0|50\.0|40\.0)<\/text>/g)]).toHaveLength(3);
  });
});

describe('histogram', () => {
  it('draws one bar per bin and no colour that dark pages would hide', async () => {
    const svg = await renderSvg(histogramSpec(histogram([1, 2, 2, 3, 9], 4), { title: 'lengths', xTitle: 'tokens' }));
    expect(marksOf(svg, 'rect', '')).toHaveLength(4);
    expect(svg).toContain('currentColor');
    expect(svg).not.toMatch(/fill="(?:#000|black|#fff|white)"/);
  });
});
