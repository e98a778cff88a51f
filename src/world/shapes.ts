// Geometry of the four shapes: signed distance to the border, extents, and where two of them touch.
// Every shape sits in a square box around its centre. Leaves out: pixels (render.ts).
import type { Shape } from './vocab.ts';

/** Half the side of a shape's box, as a multiple of its radius; chosen so that the four look equally big. */
export const extentOf: Readonly<Record<Shape, number>> = { circle: 1, square: 0.9, triangle: 1.05, cross: 1.05 };
/** The largest of them: no part of any shape is further from the centre along an axis. */
export const maxExtent = 1.05;
/** Half the width of a cross's arms, as a multiple of its radius. */
const armOf = 0.38;
/** Length of (2, 1): the slanted sides of a triangle whose box is a square. */
const slant = Math.sqrt(5);

/** Signed distance in pixels (negative inside) from the border of a shape of this radius to the point (dx, dy) off its centre. */
export function signedDistance(shape: Shape, radius: number, dx: number, dy: number): number {
  const half = extentOf[shape] * radius;
  const x = Math.abs(dx);
  const y = Math.abs(dy);
  switch (shape) {
    case 'circle':
      return Math.sqrt(dx * dx + dy * dy) - half;
    case 'square':
      return Math.max(x, y) - half;
    case 'triangle':
      return Math.max((2 * x - dy - half) / slant, dy - half);
    case 'cross':
      return Math.min(Math.max(x - half, y - armOf * radius), Math.max(x - armOf * radius, y - half));
  }
}

/** Where a shape is: centre and radius in pixels. */
export interface Placed {
  readonly shape: Shape;
  readonly radius: number;
  readonly x: number;
  readonly y: number;
}

/** Whether two placed shapes share a point, on a grid of half pixels. */
export function overlaps(a: Placed, b: Placed): boolean {
  const reach = maxExtent * Math.min(a.radius, b.radius);
  const [small, big] = a.radius <= b.radius ? [a, b] : [b, a];
  for (let dy = -reach; dy <= reach; dy += 0.5) {
    for (let dx = -reach; dx <= reach; dx += 0.5) {
      if (signedDistance(small.shape, small.radius, dx, dy) > 0) continue;
      if (signedDistance(big.shape, big.radius, small.x + dx - big.x, small.y + dy - big.y) <= 0) return true;
    }
  }
  return false;
}

/**
 * Distance in pixels, along the unit vector (ux, uy) from a to b, at which a mover of a's shape first touches b.
 * `across` is the offset of b from a perpendicular to it: in y for a horizontal direction, else in x. Bisection to 0.1 px.
 */
export function contactDistance(a: Placed, b: Placed, ux: number, uy: number, across: number): number {
  let low = 0;
  let high = maxExtent * (a.radius + b.radius) + 1;
  while (high - low > 0.1) {
    const middle = (low + high) / 2;
    const at = { ...b, x: a.x + (ux === 0 ? across : ux * middle), y: a.y + (uy === 0 ? across : uy * middle) };
    if (overlaps(a, at)) low = middle;
    else high = middle;
  }
  return high;
}
