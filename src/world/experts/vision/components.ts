// Connected components of one label, with what later steps ask about them: area, box, centroid, which picture edges they touch.
// Leaves out: what shape they are (shapes.ts).
import { type Colour, colourNames, lumaChroma, paletteRgb } from '../palette.ts';
import { backgroundLabel, type LabelMap } from './labels.ts';

const paletteLuma = colourNames.map((name) => lumaChroma(...paletteRgb[name]).y);

export interface Component {
  readonly colour: Colour;
  readonly area: number;
  /** Inclusive pixel bounds. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly cx: number;
  readonly cy: number;
  /** Pixel indices into the picture. */
  readonly pixels: Int32Array;
  /** Picture edges that the component reaches. */
  readonly edges: { readonly left: boolean; readonly right: boolean; readonly top: boolean; readonly bottom: boolean };
}

/** Contiguous pixels (4-neighbours) of equal label, from a seed; marks them in `seen`. */
export function flood(map: LabelMap, seed: number, seen: Uint8Array, stack: Int32Array): Int32Array {
  const { width, height, labels } = map;
  const label = labels[seed];
  const found: number[] = [];
  let top = 0;
  stack[top++] = seed;
  seen[seed] = 1;
  const push = (at: number) => {
    if (seen[at] || labels[at] !== label) return;
    seen[at] = 1;
    stack[top++] = at;
  };
  while (top > 0) {
    const at = stack[--top];
    found.push(at);
    const x = at % width;
    const y = (at - x) / width;
    if (x > 0) push(at - 1);
    if (x < width - 1) push(at + 1);
    if (y > 0) push(at - width);
    if (y < height - 1) push(at + width);
  }
  return Int32Array.from(found);
}

/** A blurred border between two objects is a thin line of a third colour; an object holds at least one 3×3 block. */
function isSolid(map: LabelMap, pixels: Int32Array): boolean {
  const { width, height, labels } = map;
  return pixels.some((at) => {
    const x = at % width;
    const y = (at - x) / width;
    if (x < 1 || y < 1 || x > width - 2 || y > height - 2) return false;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) if (labels[at + dy * width + dx] !== labels[at]) return false;
    }
    return true;
  });
}

/**
 * Centroid to a fraction of a pixel: half-covered pixels at the border count by their brightness. Pixels of other labels are left
 * out; one pixel around the box is looked at.
 */
export function fineCentre(
  { width, height, labels, luma, backgroundLuma }: LabelMap,
  c: Component,
): Pick<Component, 'cx' | 'cy'> {
  const label = colourNames.indexOf(c.colour) + 1;
  const full = paletteLuma[label - 1] - backgroundLuma;
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = Math.max(0, c.top - 1); y <= Math.min(height - 1, c.bottom + 1); y++) {
    for (let x = Math.max(0, c.left - 1); x <= Math.min(width - 1, c.right + 1); x++) {
      const at = y * width + x;
      if (labels[at] !== label && labels[at] !== backgroundLabel) continue;
      const weight = Math.min(1, Math.max(0, (luma[at] - backgroundLuma) / full));
      if (weight < 0.08) continue;
      sum += weight;
      sumX += weight * x;
      sumY += weight * y;
    }
  }
  return { cx: sumX / sum + 0.5, cy: sumY / sum + 0.5 };
}

function measure(map: LabelMap, pixels: Int32Array): Component {
  const { width, height, labels } = map;
  const box = { left: width, top: height, right: 0, bottom: 0 };
  let sumX = 0;
  let sumY = 0;
  for (const at of pixels) {
    const x = at % width;
    const y = (at - x) / width;
    sumX += x;
    sumY += y;
    if (x < box.left) box.left = x;
    if (x > box.right) box.right = x;
    if (y < box.top) box.top = y;
    if (y > box.bottom) box.bottom = y;
  }
  return {
    colour: colourNames[labels[pixels[0]] - 1],
    area: pixels.length,
    ...box,
    cx: sumX / pixels.length + 0.5,
    cy: sumY / pixels.length + 0.5,
    pixels,
    edges: {
      left: box.left <= 0,
      right: box.right >= width - 1,
      top: box.top <= 0,
      bottom: box.bottom >= height - 1,
    },
  };
}

/** Coloured components of a labelled picture, largest first. `minArea` in pixels. */
export function coloured(map: LabelMap, minArea = 14): Component[] {
  const seen = new Uint8Array(map.labels.length);
  const stack = new Int32Array(map.labels.length);
  const found: Component[] = [];
  for (let at = 0; at < map.labels.length; at++) {
    const label = map.labels[at];
    if (seen[at] || label < 1 || label > colourNames.length) continue;
    const pixels = flood(map, at, seen, stack);
    if (pixels.length >= minArea && isSolid(map, pixels)) found.push(measure(map, pixels));
  }
  return found.sort((a, b) => b.area - a.area);
}

export const widthOf = (c: Component): number => c.right - c.left + 1;
export const heightOf = (c: Component): number => c.bottom - c.top + 1;
export const clipped = (c: Component): boolean => c.edges.left || c.edges.right || c.edges.top || c.edges.bottom;

/** Empty pixels between two boxes; 0 where they touch or overlap. */
export function boxGap(a: Component, b: Component): number {
  const dx = Math.max(0, a.left - b.right - 1, b.left - a.right - 1);
  const dy = Math.max(0, a.top - b.bottom - 1, b.top - a.bottom - 1);
  return Math.hypot(dx, dy);
}
