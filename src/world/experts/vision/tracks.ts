// Where each object is at each time. Whole objects are measured by their centroid; an object that the picture's edge cuts, or that
// another one covers in part, by the side that is still seen and the size it has when whole.
import type { Colour, Shape } from '../palette.ts';
import type { Component } from './components.ts';
import type { Identity } from './identities.ts';
import type { Blob, Picture } from './picture.ts';

export interface Sighting {
  /** Seconds. */
  readonly time: number;
  /** Centre of the whole object's box, pixels from the top left; may lie outside the picture. */
  readonly x: number;
  readonly y: number;
  /** Size of the whole object as far as known, pixels. */
  readonly width: number;
  readonly height: number;
  /** Visible pixels. */
  readonly area: number;
  /** Nothing cuts or covers it. */
  readonly whole: boolean;
  readonly edges: Component['edges'];
}

export interface Track {
  readonly colour: Colour;
  readonly shape: Shape;
  /** One per picture; undefined where it is not seen. */
  readonly sightings: readonly (Sighting | undefined)[];
}

export const nameOf = (track: Pick<Track, 'colour' | 'shape'>): string => `${track.colour} ${track.shape}`;

interface Extent {
  left: number;
  right: number;
  top: number;
  bottom: number;
  area: number;
  cx: number;
  cy: number;
  edges: Component['edges'];
}

function join(blobs: readonly Blob[]): Extent {
  const parts = blobs.map((b) => b.component);
  const area = parts.reduce((sum, p) => sum + p.area, 0);
  const any = (side: keyof Component['edges']) => parts.some((p) => p.edges[side]);
  return {
    left: Math.min(...parts.map((p) => p.left)),
    right: Math.max(...parts.map((p) => p.right)) + 1,
    top: Math.min(...parts.map((p) => p.top)),
    bottom: Math.max(...parts.map((p) => p.bottom)) + 1,
    area,
    cx: parts.reduce((sum, p) => sum + p.cx * p.area, 0) / area,
    cy: parts.reduce((sum, p) => sum + p.cy * p.area, 0) / area,
    edges: { left: any('left'), right: any('right'), top: any('top'), bottom: any('bottom') },
  };
}

interface Whole {
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly area: number;
}

/** The moments at which the object is whole: what it looks like then. */
function wholes(identity: Identity): Whole[] {
  return identity.rows.flatMap(({ blobs, merged }, index) => {
    if (merged || blobs.length !== 1 || !blobs[0].clean) return [];
    const { left, right, top, bottom, area } = join(blobs);
    return [{ index, width: right - left, height: bottom - top, area }];
  });
}

/** One coordinate of the centre when only part of the extent is seen: from the side that nothing hides. */
function centreFrom(low: number, high: number, size: number, lowHidden: boolean, highHidden: boolean): number {
  if (high - low >= size - 1.5 || lowHidden === highHidden) return (low + high) / 2;
  return lowHidden ? high - size / 2 : low + size / 2;
}

/** Components of other objects that could cover this extent. */
function coverers(picture: Picture, own: readonly Blob[], extent: Extent): Component[] {
  return picture.blobs
    .filter((b) => !own.includes(b))
    .map((b) => b.component)
    .filter(
      (c) =>
        c.left <= extent.right + 2 &&
        c.right >= extent.left - 3 &&
        c.top <= extent.bottom + 2 &&
        c.bottom >= extent.top - 3,
    );
}

/** Centre of one coordinate of an object that has run into another of its own colour: it keeps to the side it came from. */
function mergedCentre(low: number, high: number, size: number, before: number): number {
  const middle = (low + high) / 2;
  if (high - low < size + 3) return before;
  return before < middle ? low + size / 2 : high - size / 2;
}

interface View {
  readonly picture: Picture;
  readonly blobs: readonly Blob[];
  readonly merged: boolean;
  readonly reference: Whole | undefined;
  readonly before: Sighting | undefined;
}

/** A triangle's centroid lies a sixth of its height below the centre of its box. */
const sag = (shape: Shape, height: number): number => (shape === 'triangle' ? height / 6 : 0);

function sight(shape: Shape, { picture, blobs, merged, reference, before }: View): Sighting | undefined {
  if (blobs.length === 0) return undefined;
  const extent = join(blobs);
  const { left, right, top, bottom, area, edges } = extent;
  const base = { time: picture.time, area, edges };
  if (merged && before) {
    const { width, height } = reference ?? before;
    const x = mergedCentre(left, right, width, before.x);
    const y = mergedCentre(top, bottom, height, before.y);
    return { ...base, x, y, width, height, area: reference?.area ?? before.area, whole: false };
  }
  const atEdge = edges.left || edges.right || edges.top || edges.bottom;
  const seenWhole = !atEdge && blobs.length === 1 && (reference === undefined || area > 0.88 * reference.area);
  if (seenWhole || reference === undefined) {
    const [width, height] = [right - left, bottom - top];
    return { ...base, x: extent.cx, y: extent.cy - sag(shape, height), width, height, whole: seenWhole };
  }
  const { width, height } = reference;
  const covers = coverers(picture, blobs, extent);
  const side = (test: (c: Component) => boolean) => covers.some(test);
  const x = centreFrom(
    left,
    right,
    width,
    edges.left || side((c) => c.left < left),
    edges.right || side((c) => c.right >= right),
  );
  const y = centreFrom(
    top,
    bottom,
    height,
    edges.top || side((c) => c.top < top),
    edges.bottom || side((c) => c.bottom >= bottom),
  );
  return { ...base, x, y, width, height, whole: false };
}

/** Follows one identity through the pictures. */
export function trackOf(identity: Identity, pictures: readonly Picture[]): Track {
  const known = wholes(identity);
  const sightings: (Sighting | undefined)[] = [];
  pictures.forEach((picture, index) => {
    const reference = known.reduce<Whole | undefined>(
      (best, w) => (best === undefined || Math.abs(w.index - index) < Math.abs(best.index - index) ? w : best),
      undefined,
    );
    const { blobs, merged } = identity.rows[index];
    const before = sightings.findLast((s) => s !== undefined);
    sightings.push(sight(identity.shape, { picture, blobs, merged, reference, before }));
  });
  return { colour: identity.colour, shape: identity.shape, sightings };
}
