// Dense labels against the rendered pixels: presence by colour, centres by moments, characters by comparing glyph bitmaps.
import { describe, expect, it } from 'vitest';
import { drawText } from '../media/font.ts';
import { generateScene } from './generate.ts';
import { denseLabels, sampledFrames } from './labels.ts';
import { renderScene } from './render.ts';
import type { Scene, WorldObject } from './scene.ts';
import { characters, colours, rgbOf, shapes } from './vocab.ts';

const scenes = (source: Scene['source'], count: number): Scene[] =>
  Array.from({ length: count }, (_, seed) => generateScene({ seed, split: 'train', source }));

/** Pixels of an object's colour, as indices, in one rendered frame. */
function pixelsOf(scene: Scene, object: WorldObject, frame: number): number[] {
  const { data } = renderScene(scene, [frame])[0];
  const rgb = rgbOf[object.colour];
  return Array.from({ length: 84 * 84 }, (_, i) => i).filter((i) =>
    rgb.every((value, c) => Math.abs(data[i * 3 + c] - value) < 60),
  );
}
const cellOf = (i: number) => Math.floor(Math.floor(i / 84) / 28) * 3 + Math.floor((i % 84) / 28);
const hasOwnColour = ({ objects }: Scene) => new Set(objects.map(({ colour }) => colour)).size === objects.length;

describe('sampledFrames', () => {
  it('equals torch.linspace(0, n - 1, 8).round()', () => {
    expect(sampledFrames(32)).toEqual([0, 4, 9, 13, 18, 22, 27, 31]);
    expect(sampledFrames(1)).toEqual([0]);
  });
});

describe('denseLabels', () => {
  const clips = [...scenes('world-science', 12), ...scenes('world-general', 12)].filter(hasOwnColour).slice(0, 14);

  it('says present where a quarter of the object is seen in the pixels', () => {
    let checked = 0;
    for (const scene of clips) {
      const labels = denseLabels(scene);
      const frames = sampledFrames(32);
      for (const object of scene.objects) {
        const combo = colours.indexOf(object.colour) * 4 + shapes.indexOf(object.shape);
        for (let pair = 0; pair < 4; pair++) {
          const shares = [frames[2 * pair], frames[2 * pair + 1]].map((frame) => {
            const full = { circle: Math.PI, square: 3.24, triangle: 2.205, cross: 2.6144 }[object.shape];
            const perCell = new Float64Array(9);
            for (const i of pixelsOf(scene, object, frame))
              perCell[cellOf(i)] += 1 / (full * object.track.radius[frame] ** 2);
            return perCell;
          });
          for (let cell = 0; cell < 9; cell++) {
            const share = Math.max(shares[0][cell], shares[1][cell]);
            if (Math.abs(share - 0.25) < 0.08) continue;
            checked++;
            expect(labels.presence_TCK[(pair * 9 + cell) * 24 + combo]).toBe(share > 0.25 ? 1 : 0);
          }
        }
      }
    }
    expect(checked).toBeGreaterThan(800);
  });

  it('gives displacement and centre as the moments of the pixels do', () => {
    let checked = 0;
    for (const scene of clips.filter(({ objects }) => objects.every(({ motion }) => motion.kind !== 'hides'))) {
      const { centre_TC, motion_TCM } = denseLabels(scene);
      const frames = sampledFrames(32);
      for (const object of scene.objects.filter(({ shape }) => shape !== 'triangle')) {
        const combo = colours.indexOf(object.colour) * 4 + shapes.indexOf(object.shape);
        for (let pair = 0; pair < 4; pair++) {
          const [a, b] = [frames[2 * pair], frames[2 * pair + 1]].map((frame) => {
            const pixels = pixelsOf(scene, object, frame);
            const mean = (value: (i: number) => number) =>
              pixels.reduce((sum, i) => sum + value(i) + 0.5, 0) / pixels.length;
            return {
              x: mean((i) => i % 84),
              y: mean((i) => Math.floor(i / 84)),
              whole: object.track.visible[frame] === 1,
              pixels,
            };
          });
          const touchesEdge = [...a.pixels, ...b.pixels].some(
            (i) => i % 84 < 1 || i % 84 > 82 || i < 84 || i > 83 * 84,
          );
          if (!a.whole || !b.whole || touchesEdge) continue;
          const [mx, my] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
          if ([mx, my].some((v) => Math.abs((v % 28) - 14) > 13.5)) continue;
          const at = pair * 9 + Math.floor(my / 28) * 3 + Math.floor(mx / 28);
          const shared = scene.objects.some(({ track }) => {
            const [x, y] = [track.x, track.y].map((axis) => (axis[frames[2 * pair]] + axis[frames[2 * pair + 1]]) / 2);
            return track !== object.track && Math.floor(y / 28) * 3 + Math.floor(x / 28) === at - pair * 9;
          });
          if (shared) continue;
          checked++;
          expect(centre_TC[at]).toBe(combo + 1);
          const [dx, dy, ox, oy] = motion_TCM.slice(at * 6, at * 6 + 4);
          const expected = [b.x - a.x, b.y - a.y, (mx % 28) - 14, (my % 28) - 14];
          for (const [k, value] of [dx, dy, ox, oy].entries()) expect(Math.abs(value - expected[k])).toBeLessThan(0.75);
        }
      }
    }
    expect(checked).toBeGreaterThan(50);
  });

  it('names the character whose glyph is in the patch', () => {
    for (const scene of [...scenes('world-document-image', 6), ...scenes('world-math-image', 6)]) {
      const { characters_TCP } = denseLabels(scene);
      const found: string[] = [];
      const frame = renderScene(scene)[0];
      const white = (x: number, y: number) =>
        frame.data[(y * 84 + x) * 3] > 200 && frame.data[(y * 84 + x) * 3 + 2] > 200;
      for (let row = 0; row < 6; row++) {
        for (let column = 0; column < 6; column++) {
          const cell = Math.floor(row / 2) * 3 + Math.floor(column / 2);
          const label = characters_TCP[cell * 4 + (row % 2) * 2 + (column % 2)];
          if (label === 0) continue;
          found.push(characters[label - 1]);
          const drawn = new Uint8Array(10 * 14 * 3);
          drawText(drawn, 10, 14, characters[label - 1], 0, 0, 2, [255, 255, 255]);
          const matches = [-4, -3, -2, -1, 0, 1, 2, 3].some((dy) =>
            [0, 1, 2, 3, 4].some((dx) =>
              Array.from({ length: 140 }, (_, i) => i).every((i) => {
                const [x, y] = [column * 14 + dx + (i % 10), row * 14 + dy + Math.floor(i / 10)];
                const ink = x >= 0 && y >= 0 && x < 84 && y < 84 && white(x, y);
                return ink === drawn[i * 3] > 0;
              }),
            ),
          );
          expect(matches).toBe(true);
        }
      }
      expect(found.join('')).toBe(
        scene.texts
          .toSorted((a, b) => a.y - b.y)
          .map(({ text }) => text)
          .join(''),
      );
    }
  });
});
