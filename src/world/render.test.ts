// Pixels: colours, areas and texts against independent expectations.
import { describe, expect, it } from 'vitest';
import { glyphs } from '../media/font.ts';
import { generateScene } from './generate.ts';
import { renderScene } from './render.ts';
import type { Scene } from './scene.ts';
import { rgbOf } from './vocab.ts';

const find = (source: Scene['source'], fits: (scene: Scene) => boolean): Scene => {
  for (let seed = 0; ; seed++) {
    const scene = generateScene({ seed, split: 'train', source });
    if (fits(scene)) return scene;
  }
};
const isNear = (data: Uint8Array, at: number, rgb: readonly number[]) =>
  rgb.every((v, c) => Math.abs(data[at + c] - v) < 25);
const count = (data: Uint8Array, rgb: readonly number[]) =>
  Array.from({ length: data.length / 3 }, (_, i) => isNear(data, i * 3, rgb)).filter(Boolean).length;

describe('renderScene', () => {
  it('draws each shape with the area of its formula', () => {
    const areas = { circle: Math.PI, square: 1.8 ** 2, triangle: 2.1 ** 2 / 2, cross: 2 * 2.1 * 0.76 - 0.76 ** 2 };
    for (const shape of ['circle', 'square', 'triangle', 'cross'] as const) {
      const scene = find('world-math', ({ objects }) => objects.length === 1 && objects[0].shape === shape);
      const [object] = scene.objects;
      const background = 24 + scene.background;
      const rgb = rgbOf[object.colour];
      const channel = rgb.indexOf(Math.max(...rgb));
      const base = channel === 2 ? background + 4 : background;
      const { data } = renderScene(scene, [0])[0];
      let covered = 0;
      for (let at = channel; at < data.length; at += 3) covered += (data[at] - base) / (rgb[channel] - base);
      const expected = areas[shape] * object.track.radius[0] ** 2;
      expect(Math.abs(covered / expected - 1)).toBeLessThan(0.04);
    }
  });
  it('gives 32 frames with times, or one for an image, and only those asked for', () => {
    const clip = find('world-general', () => true);
    expect(renderScene(clip).map(({ time }) => time)).toEqual(Array.from({ length: 32 }, (_, i) => i / 8));
    expect(renderScene(clip, [4])[0].data).toEqual(renderScene(clip)[4].data);
    const image = find('world-math-image', () => true);
    expect(renderScene(image)).toHaveLength(1);
  });
  it('draws the glyphs of a text, each font pixel as 2 × 2 white ones', () => {
    const scene = find('world-document-image', ({ texts }) => texts.length === 2);
    const ink = scene.texts.flatMap(({ text }) =>
      [...text].flatMap((c) => [...glyphs[c].map((row) => row.toString(2)).join('')]),
    );
    const { data } = renderScene(scene)[0];
    expect(count(data, [240, 240, 240])).toBe(4 * ink.filter((bit) => bit === '1').length);
  });
  it('fills glass and bars in proportion', () => {
    const glass = find('world-science-image', ({ figure }) => figure.type === 'glass');
    if (glass.figure.type !== 'glass') return;
    const filled = count(renderScene(glass)[0].data, rgbOf[glass.figure.colour]);
    expect(filled / (32 * 64)).toBeCloseTo(glass.figure.level, 1);
    const chart = find('world-science-image', ({ figure }) => figure.type === 'bars');
    if (chart.figure.type !== 'bars') return;
    for (const { colour, height } of chart.figure.bars) {
      expect(count(renderScene(chart)[0].data, rgbOf[colour])).toBe(14 * height);
    }
  });
});
