// Ordinary pictures and films → what can be said of them without understanding: colours by area, brightness, detail, amount of change.
// Valid descriptions for any input, and nothing invented. Leaves out: objects, people, actions.
import type { Frame } from '../../../media/frame.ts';

export interface PhotoNotes {
  /** Seconds. */
  readonly time: number;
  /** Colour names by area, largest first, at most three. */
  readonly colours: readonly string[];
  readonly brightness: 'dark' | 'medium bright' | 'bright';
  /** Mean absolute change from the frame before, 0..255; 0 for the first. */
  readonly change: number;
  /** Where most of the light is. */
  readonly brightSide: 'left' | 'right' | 'neither side';
}

/** A small grid of mean colours is all that is looked at: the same work for every picture size. */
const grid = 24;

interface Cell {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

function cellsOf({ width, height, data }: Frame): Cell[] {
  return Array.from({ length: grid * grid }, (_, i) => {
    const x = Math.min(width - 1, Math.floor((((i % grid) + 0.5) * width) / grid));
    const y = Math.min(height - 1, Math.floor(((Math.floor(i / grid) + 0.5) * height) / grid));
    const at = (y * width + x) * 3;
    return { r: data[at], g: data[at + 1], b: data[at + 2] };
  });
}

const hueNames = ['red', 'orange', 'yellow', 'green', 'cyan', 'blue', 'purple', 'pink'] as const;
const hueEnds = [15, 45, 70, 165, 200, 260, 295, 345];

function hueOf({ r, g, b }: Cell): number {
  const [max, min] = [Math.max(r, g, b), Math.min(r, g, b)];
  const span = max - min || 1;
  if (max === r) return (60 * ((g - b) / span) + 360) % 360;
  return max === g ? 60 * ((b - r) / span) + 120 : 60 * ((r - g) / span) + 240;
}

function colourName(cell: Cell): string {
  const [max, min] = [Math.max(cell.r, cell.g, cell.b), Math.min(cell.r, cell.g, cell.b)];
  if (max < 45) return 'black';
  if (max - min < 0.18 * max) return max > 205 ? 'white' : 'grey';
  const hue = hueOf(cell);
  const at = hueEnds.findIndex((end) => hue < end);
  const name = at < 0 ? 'red' : hueNames[at];
  return name === 'orange' && max < 150 ? 'brown' : name;
}

const luma = ({ r, g, b }: Cell) => 0.299 * r + 0.587 * g + 0.114 * b;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function commonest(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const ranked = [...counts].sort((a, b) => b[1] - a[1]).filter(([, n], i) => i === 0 || n > names.length / 10);
  return ranked.slice(0, 3).map(([name]) => name);
}

/** Notes on every frame, in order. */
export function notice(frames: readonly Frame[]): PhotoNotes[] {
  const cells = frames.map(cellsOf);
  return frames.map(({ time }, i) => {
    const lumas = cells[i].map(luma);
    const light = mean(lumas);
    const half = (left: boolean) => mean(lumas.filter((_, at) => at % grid < grid / 2 === left));
    const lean = half(true) - half(false);
    return {
      time,
      colours: commonest(cells[i].map(colourName)),
      brightness: light < 70 ? 'dark' : light < 150 ? 'medium bright' : 'bright',
      change: i === 0 ? 0 : mean(cells[i].map((cell, at) => Math.abs(luma(cell) - luma(cells[i - 1][at])))),
      brightSide: Math.abs(lean) < 15 ? 'neither side' : lean > 0 ? 'left' : 'right',
    };
  });
}

/** "little", "some", "much" change between two frames. */
export const amountOf = (change: number): string => (change < 3 ? 'little' : change < 15 ? 'some' : 'much');
