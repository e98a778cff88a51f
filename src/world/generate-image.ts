// The still images: sums and shapes to count (mathematics), bar charts, glasses and balances (science), lines of text (documents).
import type { Rng } from '../base/rng.ts';
import { balanceGeometry } from './geometry.ts';
import { type Combo, drawCombo } from './place.ts';
import type { Scene, Split, WorldObject } from './scene.ts';
import { maxExtent } from './shapes.ts';
import { drawCode, drawWord, placeRow } from './signs.ts';
import { balanceKey, barKey, belongsTo, glassKey, pictureKey, sumKey, wordKey } from './splits.ts';
import { colours, type Shape, shapes } from './vocab.ts';

/** What differs from scene to scene, apart from seed and split. */
export type ImageParts = Pick<Scene, 'figure' | 'objects' | 'texts' | 'compositions'>;

function pictured({ colour, shape }: Combo, x: number, y: number, radius: number): WorldObject {
  const one = (value: number) => Float64Array.of(value);
  const track = { x: one(x), y: one(y), radius: one(radius), visible: Uint8Array.of(1) };
  return { colour, shape, motion: { kind: 'still' }, track, speed: 0, startFrame: 0, stopFrame: 0 };
}

function drawSum(rng: Rng, split: Split): ImageParts {
  const operator = rng.next() < 0.5 ? '+' : '-';
  const [a, b] = [rng.int(10), rng.int(10)];
  const [left, right] = operator === '-' && a < b ? [b, a] : [a, b];
  const key = sumKey(left, operator, right);
  if (!belongsTo(key, split)) return drawSum(rng, split);
  const text = `${left}${operator}${right}=?`;
  return {
    figure: { type: 'sum', left, operator, right },
    objects: [],
    texts: [{ ...placeRow(rng, text, rng.int(6)), from: 0 }],
    compositions: [key],
  };
}

/** Up to five shapes anywhere, or one or two with few sides, so that their sides can be counted. */
function drawShapes(rng: Rng, split: Split): ImageParts | undefined {
  const few = rng.next() < 0.45;
  const among: readonly Shape[] = few ? ['triangle', 'square'] : shapes;
  const count = few ? (rng.next() < 0.4 ? 1 : 2) : rng.pick([1, 2, 3, 3, 4, 4, 5, 5]);
  const objects: WorldObject[] = [];
  for (let tries = 0; objects.length < count && tries < 200; tries++) {
    const combo = drawCombo(rng, split, ({ colour, shape }) => pictureKey(colour, shape), objects, among);
    if (!combo) return undefined;
    const radius = rng.uniform(8, 11);
    const reach = radius * maxExtent + 1;
    const [x, y] = [rng.uniform(reach, 84 - reach), rng.uniform(reach, 84 - reach)];
    const free = objects.every(({ track }) => {
      const distance = (radius + track.radius[0]) * maxExtent + 2;
      return Math.abs(track.x[0] - x) >= distance || Math.abs(track.y[0] - y) >= distance;
    });
    if (free) objects.push(pictured(combo, x, y, radius));
  }
  if (objects.length < count) return undefined;
  const compositions = objects.map(({ colour, shape }) => pictureKey(colour, shape));
  return { figure: { type: 'shapes' }, objects, texts: [], compositions };
}

function drawBars(rng: Rng): ImageParts {
  const bars = rng
    .shuffle(colours)
    .slice(0, 3 + rng.int(2))
    .map((colour) => ({ colour, height: 10 + rng.int(36) }));
  const place = rng.int(bars.length);
  const others = Math.max(...bars.filter((_, i) => i !== place).map(({ height }) => height));
  bars[place].height = others + 9 + rng.int(12);
  return { figure: { type: 'bars', bars }, objects: [], texts: [], compositions: [barKey(bars[place].colour, place)] };
}

function drawGlass(rng: Rng): ImageParts {
  const colour = rng.pick(colours);
  const level = (1 + rng.int(9)) / 10;
  return { figure: { type: 'glass', colour, level }, objects: [], texts: [], compositions: [glassKey(colour, level)] };
}

function drawBalance(rng: Rng): ImageParts {
  const [left, right] = rng.shuffle(colours);
  const heavier = rng.pick(['left', 'right', 'neither'] as const);
  const { swing, radius, level, left: leftX, right: rightX } = balanceGeometry;
  const drop = { left: swing, right: -swing, neither: 0 }[heavier];
  const objects = [
    pictured({ colour: left, shape: 'circle' }, leftX, level + drop, radius),
    pictured({ colour: right, shape: 'circle' }, rightX, level - drop, radius),
  ];
  return { figure: { type: 'balance', heavier }, objects, texts: [], compositions: [balanceKey(left, right, heavier)] };
}

export function drawMathImage(rng: Rng, split: Split): ImageParts | undefined {
  return rng.next() < 0.5 ? drawSum(rng, split) : drawShapes(rng, split);
}

export function drawScienceImage(rng: Rng): ImageParts {
  return rng.pick([drawBars, drawGlass, drawBalance])(rng);
}

/** One word, two words under one another, or three letters that are no word. */
export function drawDocumentImage(rng: Rng, split: Split): ImageParts {
  const lines = rng.pick([
    () => [drawWord(rng, split)],
    () => [drawWord(rng, split), drawWord(rng, split)],
    () => [drawCode(rng, split)],
    () => [drawCode(rng, split)],
  ])();
  const first = rng.int(6 - (lines.length - 1) * 2);
  return {
    figure: { type: 'text' },
    objects: [],
    texts: lines.map((text, line) => ({ ...placeRow(rng, text, first + 2 * line), from: 0 })),
    compositions: lines.map(wordKey),
  };
}
