// Which of the four shapes a component is: overlap (intersection over union) of its mask with each ideal shape drawn in its box.
// A component cut off by the picture's edge is compared inside the box that it would have whole.
import type { Shape } from '../palette.ts';
import { type Component, heightOf, widthOf } from './components.ts';

export interface ShapeGuess {
  readonly shape: Shape;
  /** Overlap with the best ideal shape, 0..1. */
  readonly overlap: number;
  /** How much better than the second best shape. */
  readonly margin: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Inside = (u: number, v: number) => boolean;

/** Ideal shapes in a box of [-1, 1]², v downwards; the cross with several arm widths. */
const ideals: readonly (readonly [Shape, Inside])[] = [
  ['circle', (u, v) => u * u + v * v <= 1],
  ['square', () => true],
  ['triangle', (u, v) => Math.abs(u) <= (v + 1) / 2],
  ...[0.28, 0.36, 0.45].map(
    (arm) => ['cross', (u: number, v: number) => Math.abs(u) <= arm || Math.abs(v) <= arm] as const,
  ),
];

/** The box of the whole object: sides cut by the picture's edge are extended until width = height. */
function wholeBox(c: Component): Box {
  let [left, top, width, height] = [c.left, c.top, widthOf(c), heightOf(c)];
  if ((c.edges.left || c.edges.right) && width < height) {
    if (c.edges.left) left -= height - width;
    width = height;
  } else if ((c.edges.top || c.edges.bottom) && height < width) {
    if (c.edges.top) top -= width - height;
    height = width;
  }
  return { left, top, width, height };
}

/** The component's pixels in its own box, row-major, 1 = covered. */
function maskOf(c: Component, pictureWidth: number): Uint8Array {
  const mask = new Uint8Array(widthOf(c) * heightOf(c));
  for (const at of c.pixels) {
    const x = at % pictureWidth;
    mask[((at - x) / pictureWidth - c.top) * widthOf(c) + x - c.left] = 1;
  }
  return mask;
}

function overlapWith(c: Component, mask: Uint8Array, box: Box, inside: Inside): number {
  let both = 0;
  let either = 0;
  for (let y = c.top; y <= c.bottom; y++) {
    const v = ((y + 0.5 - box.top) / box.height) * 2 - 1;
    for (let x = c.left; x <= c.right; x++) {
      const ideal = inside(((x + 0.5 - box.left) / box.width) * 2 - 1, v);
      const real = mask[(y - c.top) * (c.right - c.left + 1) + x - c.left] === 1;
      if (ideal && real) both++;
      if (ideal || real) either++;
    }
  }
  return both / either;
}

/** The best shape of a component in a picture `pictureWidth` pixels wide. */
export function guessShape(c: Component, pictureWidth: number): ShapeGuess {
  const box = wholeBox(c);
  const mask = maskOf(c, pictureWidth);
  const best = new Map<Shape, number>();
  for (const [shape, inside] of ideals) {
    const overlap = overlapWith(c, mask, box, inside);
    best.set(shape, Math.max(overlap, best.get(shape) ?? 0));
  }
  const ranked = [...best].sort((a, b) => b[1] - a[1]);
  return { shape: ranked[0][0], overlap: ranked[0][1], margin: ranked[0][1] - ranked[1][1] };
}
