// Still images of the micro-world → facts: shapes, a bar chart, a glass, a balance, writing. Drawings are told by their grey lines:
// a long baseline under bars, two walls around a filling, one post under two weights.
import type { Frame } from '../../../media/frame.ts';
import type { Facts, Figure, Thing } from '../facts.ts';
import { type Component, heightOf, widthOf } from './components.ts';
import { inkAt, runsOf } from './ink.ts';
import { type LabelMap, whiteLabel } from './labels.ts';
import { lookAt, type Picture } from './picture.ts';
import { readWritings } from './read-text.ts';

function isLine(map: LabelMap, x: number, y: number): boolean {
  const ink = inkAt(map, x, y);
  return map.labels[y * map.width + x] === whiteLabel && ink > 0.4 && ink < 0.78;
}

/** Longest run of line pixels in a row or column. */
function longest(flags: readonly boolean[]): number {
  return Math.max(0, ...runsOf(flags).map(([from, to]) => to - from + 1));
}

/** Longest stretch of a row as bright as lines are, whatever its hue: bars colour the baseline beneath them. */
function rowRun(map: LabelMap, y: number): number {
  const ink = Array.from({ length: map.width }, (_, x) => inkAt(map, x, y));
  return longest(ink.map((value) => value > 0.3 && value < 0.9));
}

const columnFlags = (map: LabelMap, x: number) => Array.from({ length: map.height }, (_, y) => isLine(map, x, y));

/** Upright lines of at least half the picture's height: their columns and rows. */
function uprights(map: LabelMap, share: number): { left: number; right: number; top: number; bottom: number }[] {
  const tall = Array.from({ length: map.width }, (_, x) => longest(columnFlags(map, x)) >= share * map.height);
  return runsOf(tall, 1).map(([left, right]) => {
    const middle = (left + right) >> 1;
    const [top, bottom] = runsOf(columnFlags(map, middle), 2).sort((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
    return { left, right, top, bottom };
  });
}

function barsIn(map: LabelMap, parts: readonly Component[]): Figure | undefined {
  const baseline = Array.from({ length: map.height }, (_, y) => y).find((y) => rowRun(map, y) > 0.85 * map.width);
  if (baseline === undefined) return undefined;
  const bars = parts
    .filter((c) => Math.abs(c.bottom + 1 - baseline) <= 3 && c.area > 0.8 * widthOf(c) * heightOf(c))
    .sort((a, b) => a.cx - b.cx)
    .map((c) => ({ colour: c.colour, height: baseline - c.top }));
  return bars.length > 0 ? { type: 'bars', bars } : undefined;
}

function glassIn(map: LabelMap, parts: readonly Component[]): Figure | undefined {
  const walls = uprights(map, 0.5);
  if (walls.length !== 2) return undefined;
  const filling = parts.find((c) => c.cx > walls[0].right && c.cx < walls[1].left);
  if (!filling) return undefined;
  const top = Math.min(walls[0].top, walls[1].top);
  const inside = filling.bottom + 1 - top;
  return { type: 'glass', colour: filling.colour, level: Math.round((heightOf(filling) / inside) * 10) / 10 };
}

function balanceIn(map: LabelMap, parts: readonly Component[]): Figure | undefined {
  if (parts.length !== 2) return undefined;
  const [a, b] = [...parts].sort((p, q) => p.cx - q.cx);
  const post = uprights(map, 0.3).find((line) => line.left > a.right && line.right < b.left);
  if (!post) return undefined;
  const drop = a.cy - b.cy;
  return { type: 'balance', lower: Math.abs(drop) < 6 ? 'neither' : drop > 0 ? 'left' : 'right' };
}

/** What is drawn, if it is one of the three drawings. */
export function figureIn({ map, blobs }: Picture): Figure | undefined {
  const parts = blobs.map((b) => b.component);
  return barsIn(map, parts) ?? glassIn(map, parts) ?? balanceIn(map, parts);
}

function things({ blobs, time }: Picture): Thing[] {
  return blobs
    .map(({ component: c, guess, clean }): Thing => {
      const place = { time, x: c.cx, y: (c.top + c.bottom + 1) / 2, width: widthOf(c), partly: !clean };
      return { colour: c.colour, shape: guess.shape, motion: { kind: 'still' }, places: [place] };
    })
    .sort((a, b) => a.places[0].x - b.places[0].x);
}

/** Facts of one picture that was looked at already. */
export function factsOfPicture(picture: Picture): Facts {
  const figure = figureIn(picture);
  const named = figure === undefined || figure.type === 'balance' ? things(picture) : [];
  const base = { medium: 'image', height: picture.height, times: [picture.time], things: named } as const;
  return { ...base, writings: readWritings([picture]), ...(figure && { figure }) };
}

/** Facts of a still image of the micro-world. */
export const inspect = (frame: Frame): Facts => factsOfPicture(lookAt(frame));
